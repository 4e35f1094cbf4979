import { BezoarError } from '@bezoar/core';
import { z } from 'zod';
import { callHub } from '../http/try-hub.ts';
import { apiUrl, writing, type PublishTarget } from './publish-target.ts';
import type { LocalFile } from './read-local-files.ts';

/** How the Hub wants its files: small ones in the commit itself, large ones uploaded before. */
export interface Ways {
  readonly small: readonly LocalFile[];
  readonly large: readonly LocalFile[];
}

const filesPerRequest = 256;

const answerSchema = z.object({
  files: z.array(
    z.object({
      path: z.string(),
      uploadMode: z.enum(['lfs', 'regular']),
      shouldIgnore: z.boolean().optional(),
    }),
  ),
});

/** Asks the Hub, which goes by names, sizes, first bytes and `.gitattributes`. What its `.gitignore` leaves out is told to `onNote`. */
export async function chooseWays(files: readonly LocalFile[], target: PublishTarget): Promise<Ways> {
  const { branch, settings } = target;
  const attributes = await files.find(({ path }) => path === '.gitattributes')?.blob.text();
  const [small, large]: [LocalFile[], LocalFile[]] = [[], []];
  for (let start = 0; start < files.length; start += filesPerRequest) {
    const some = files.slice(start, start + filesPerRequest);
    const body = {
      ...(attributes === undefined ? {} : { gitAttributes: attributes }),
      files: await Promise.all(
        some.map(async ({ path, size, blob }) => ({ path, size, sample: await base64(blob.slice(0, 512)) })),
      ),
    };
    const { json } = await callHub(
      { url: apiUrl(target, 'preupload', branch), body, subject: writing(target) },
      settings,
    );
    const answers = new Map(answerSchema.safeParse(json).data?.files.map((answer) => [answer.path, answer]));
    for (const file of some) {
      const answer = answers.get(file.path);
      if (answer === undefined) {
        throw new BezoarError('BAD_FILE', `The Hub does not say how it wants ${file.path}.`, {
          advice: 'A server that only looks like the Hub? See HF_ENDPOINT.',
        });
      }
      if (answer.shouldIgnore === true)
        settings.onNote(`${file.path} is left out: the Hub's .gitignore names it.`);
      // Storage refuses what is empty.
      else if (answer.uploadMode === 'lfs' && file.size > 0) large.push(file);
      else small.push(file);
    }
  }
  return { small, large };
}

export async function base64(blob: Blob): Promise<string> {
  return Buffer.from(await blob.arrayBuffer()).toString('base64');
}
