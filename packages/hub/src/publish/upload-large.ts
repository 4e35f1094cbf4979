import { BezoarError } from '@bezoar/core';
import { z } from 'zod';
import { putBlob } from '../http/put-blob.ts';
import { sideBySide } from '../http/side-by-side.ts';
import { callHub } from '../http/try-hub.ts';
import { withRetries } from '../http/with-retries.ts';
import { lfsUrl, writing, type PublishTarget } from './publish-target.ts';
import type { LocalFile } from './read-local-files.ts';

const actionSchema = z.object({
  href: z.url(),
  header: z.record(z.string(), z.string()).optional(),
});

/** What the Hub answers about one content: how to upload it, or nothing of it where it has that. */
const objectSchema = z.object({
  oid: z.string(),
  actions: z.object({ upload: actionSchema.optional(), verify: actionSchema.optional() }).optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});
const batchSchema = z.object({ objects: z.array(objectSchema) });

type Action = z.infer<typeof actionSchema>;
type Offer = z.infer<typeof objectSchema>;

const objectsPerRequest = 100;
/** Addresses of the storage are signed for a while: a slow upload may need new ones. */
const maxRenewals = 3;
const gitLfs = 'application/vnd.git-lfs+json';

/**
 * Uploads contents to the storage behind the Hub by the protocol of Git LFS, in parts where the Hub asks for them; those that it has
 * are not sent. Contents are named by their SHA-256, so that a second try does no harm.
 *
 * `commit` of `@huggingface/hub` does the same, but tries once, hashes again, and cannot tell a lost answer from a failure.
 */
export async function uploadLarge(files: readonly LocalFile[], target: PublishTarget): Promise<void> {
  const contents = [...new Map(files.map((file) => [file.sha256, file])).values()];
  for (let start = 0; start < contents.length; start += objectsPerRequest) {
    const some = contents.slice(start, start + objectsPerRequest);
    const offers = await askForOffers(some, target);
    await sideBySide(
      some,
      (file) => upload(file, offers.get(file.sha256), target),
      target.settings.concurrency,
    );
  }
}

async function askForOffers(files: readonly LocalFile[], target: PublishTarget): Promise<Map<string, Offer>> {
  const { json } = await callHub(
    {
      url: lfsUrl(target),
      body: {
        operation: 'upload',
        transfers: ['basic', 'multipart'],
        hash_algo: 'sha256',
        ref: { name: target.branch },
        objects: files.map(({ sha256, size }) => ({ oid: sha256, size })),
      },
      contentType: gitLfs,
      headers: { accept: gitLfs },
      subject: writing(target),
    },
    target.settings,
  );
  return new Map(batchSchema.safeParse(json).data?.objects.map((offer) => [offer.oid, offer]));
}

async function upload(file: LocalFile, first: Offer | undefined, target: PublishTarget): Promise<void> {
  let offer = first;
  for (let renewals = 0; ; renewals++) {
    const action = acceptOffer(file, offer);
    if (action === undefined) {
      tell(file, file.size, target);
      return;
    }
    try {
      await (action.header?.['chunk_size'] === undefined
        ? sendWhole(file, action, target)
        : sendParts(file, action, target));
      if (offer?.actions?.verify !== undefined) await verify(file, offer.actions.verify, target);
      return;
    } catch (error) {
      if (!isExpired(error) || renewals === maxRenewals) throw error;
      offer = (await askForOffers([file], target)).get(file.sha256);
    }
  }
}

/** How to upload; undefined when the content is there. */
function acceptOffer({ path, sha256 }: LocalFile, offer: Offer | undefined): Action | undefined {
  if (offer?.error === undefined && offer !== undefined) return offer.actions?.upload;
  const why = offer?.error === undefined ? 'it says nothing about it' : String(offer.error.code);
  throw new BezoarError('PROVIDER_REJECTED', `The Hub does not take ${path}: ${why}.`, {
    advice: 'Publish again; see whether the account has storage left.',
    data: { sha256 },
  });
}

async function sendWhole(
  file: LocalFile,
  { href, header = {} }: Action,
  target: PublishTarget,
): Promise<void> {
  await withRetries(
    () =>
      putBlob({ url: href, blob: file.blob, headers: header, ...about(file, 0, target) }, target.settings),
    target.settings,
  );
}

/** `header` has the size of a part, and the address of each by its number, from 1. */
async function sendParts(
  file: LocalFile,
  { href, header = {} }: Action,
  target: PublishTarget,
): Promise<void> {
  const { settings } = target;
  const partBytes = Number(header['chunk_size']);
  const addresses = Object.entries(header)
    .filter(([name]) => /^\d+$/.test(name))
    .map(([name, url]) => ({ number: Number(name), url }))
    .sort((a, b) => a.number - b.number);
  if (!(partBytes > 0) || addresses.length !== Math.ceil(file.size / partBytes)) {
    throw new BezoarError('BAD_FILE', `The Hub asks for ${file.path} in parts that do not make it up.`, {
      advice: 'A server that only looks like the Hub? See HF_ENDPOINT.',
    });
  }
  const parts: { readonly partNumber: number; readonly etag: string }[] = [];
  for (const [index, { number, url }] of addresses.entries()) {
    const start = index * partBytes;
    const blob = file.blob.slice(start, Math.min(start + partBytes, file.size));
    const etag = await withRetries(
      () => putBlob({ url, blob, headers: {}, ...about(file, start, target) }, settings),
      settings,
    );
    parts.push({ partNumber: number, etag: etag ?? '' });
  }
  await callHub(
    {
      url: href,
      body: { oid: file.sha256, parts },
      contentType: gitLfs,
      headers: { accept: gitLfs },
      subject: writing(target),
    },
    settings,
  );
}

async function verify(file: LocalFile, { href, header = {} }: Action, target: PublishTarget): Promise<void> {
  const body = { oid: file.sha256, size: file.size };
  await callHub(
    {
      url: href,
      body,
      contentType: gitLfs,
      headers: { ...header, accept: gitLfs },
      subject: writing(target),
    },
    target.settings,
  );
}

interface About {
  readonly subject: ReturnType<typeof writing> & { readonly file: string };
  readonly onBytes: (sent: number) => void;
}

/** Progress counts from where in the file the part begins. */
function about(file: LocalFile, start: number, target: PublishTarget): About {
  return {
    subject: { ...writing(target), file: file.path },
    onBytes: (sent) => tell(file, start + sent, target),
  };
}

function tell({ path, size }: LocalFile, done: number, { repo, settings }: PublishTarget): void {
  settings.onProgress({ repo: repo.name, file: path, activity: 'upload', done, total: size });
}

function isExpired(error: unknown): boolean {
  return BezoarError.isInstance(error) && error.data['expired'] === true;
}
