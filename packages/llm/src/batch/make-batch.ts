import { BezoarError, createRng } from '@bezoar/core';
import { createHash } from 'node:crypto';
import type { RetryPolicy } from '../providers/with-retries.ts';
import type { Clock } from '../schedule/clock.ts';
import { readCallFailure } from '../schedule/read-call-failure.ts';
import type { BatchApi, BatchSearch } from './batch-api.ts';
import type { BatchJournal, JournalBatch } from './open-batch-journal.ts';

export interface MakeBatchOptions extends RetryPolicy {
  readonly api: BatchApi;
  readonly journal: BatchJournal;
  readonly clock: Clock;
}

export interface BatchEntry {
  readonly customId: string;
  readonly entry: object;
}

/**
 * Intends, uploads and makes a batch; each step is in the journal before the next one. When a try to make it fails, the
 * provider is asked whether it has it before another one. Returns the provider's id; undefined when that cannot be told yet.
 *
 * Throws BezoarError. After a refusal the journal says that the batch is gone; otherwise it stays intended, and
 * `takeUpBatch` finds out later what became of it.
 */
export async function makeBatch(
  name: string,
  entries: readonly BatchEntry[],
  { api, journal, ...policy }: MakeBatchOptions,
): Promise<string | undefined> {
  const customIds = entries.map(({ customId }) => customId);
  const since = Date.now();
  journal.intend({ name, model: api.id, customIds });
  const sought = { name, customIds: new Set(customIds), since, isKnown: (id: string) => journal.knows(id) };
  try {
    const objects = entries.map(({ entry }) => entry);
    const create = (fileId: string | undefined): Promise<string | undefined> =>
      createOnce(() => api.create({ name, entries: objects, fileId }), {
        ...policy,
        find: () => api.find(sought),
      });
    const batchId =
      api.upload === undefined
        ? await create(undefined)
        : await createFromFile({ name, objects, create, upload: api.upload, journal });
    if (batchId !== undefined) journal.made(name, batchId);
    return batchId;
  } catch (error) {
    if (!readCallFailure(error).retryable) journal.gone(name);
    throw error;
  }
}

interface FileOptions {
  readonly name: string;
  readonly objects: readonly object[];
  readonly create: (fileId: string) => Promise<string | undefined>;
  readonly upload: NonNullable<BatchApi['upload']>;
  readonly journal: BatchJournal;
}

/** What a dead process has sent is not sent again, unless the provider does not have it any more. */
async function createFromFile(options: FileOptions): Promise<string | undefined> {
  const { name, objects, create, upload, journal } = options;
  const lines = objects.map((entry) => JSON.stringify(entry));
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  const content = hash.digest('hex');
  const known = journal.file(content);
  if (known !== undefined) {
    journal.uploaded(name, { fileId: known, content });
    try {
      return await create(known);
    } catch (error) {
      if (!BezoarError.isInstance(error) || error.code !== 'PROVIDER_REJECTED') throw error;
    }
  }
  const fileId = await upload(lines, name);
  journal.uploaded(name, { fileId, content });
  return create(fileId);
}

export interface TakeUpOptions extends MakeBatchOptions {
  /** How long a batch may need until it shows, from the first look on. 60 s by default. */
  readonly settleMs?: number;
  /** Between two looks at batches that may be it, once they take long. 30 s by default. */
  readonly pollMs?: number;
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** Told once when one that runs may be it. */
  readonly onUnclear?: () => void;
}

/**
 * Finds out what became of a batch that a process intended and did not live to see, and writes it into the journal: made, or
 * gone. Waits for as long as one that runs may be it: what is sent again too early is paid twice.
 */
export async function takeUpBatch({ name, intendedAt }: JournalBatch, options: TakeUpOptions): Promise<void> {
  const { api, journal, clock, settleMs = 60_000, pollMs = 30_000, signal } = options;
  let told = false;
  const sought = {
    name,
    customIds: journal.customIds(name),
    since: intendedAt,
    isKnown: (id: string) => journal.knows(id),
  };
  // The request to make it may have left the dead process just now.
  const settled = clock.now() + settleMs;
  let pause = Math.min(1000, pollMs);
  while (!signal.aborted) {
    const search = await api.find(sought);
    if (search.kind === 'found') {
      journal.made(name, search.batchId);
      return;
    }
    if (search.kind === 'unclear' && !told) options.onUnclear?.();
    told ||= search.kind === 'unclear';
    const rest = settled - clock.now();
    if (search.kind === 'none' && rest <= 0) {
      journal.gone(name);
      return;
    }
    await clock.sleep(search.kind === 'none' ? Math.min(rest, settleMs / 6) : pause, signal);
    pause = Math.min(2 * pause, pollMs);
  }
}

interface CreateOnceOptions extends RetryPolicy {
  readonly clock: Clock;
  readonly find: () => Promise<BatchSearch>;
}

async function createOnce(
  create: () => Promise<string>,
  { clock, find, maxRetries = 6, maxWaitMs = 300_000, baseDelayMs = 1000 }: CreateOnceOptions,
): Promise<string | undefined> {
  const rng = createRng(`batch ${performance.now()}`);
  let waited = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      return await create();
    } catch (error) {
      const { retryable, retryAfterMs } = readCallFailure(error);
      const pause = retryAfterMs ?? baseDelayMs * 2 ** attempt * (0.5 + rng.next() / 2);
      if (!retryable || !BezoarError.isInstance(error)) throw error;
      // Half a second is what a provider may need until a batch shows in its list.
      await clock.sleep(Math.max(pause, Math.min(500, baseDelayMs)));
      waited += pause;
      const search = await find();
      if (search.kind === 'found') return search.batchId;
      if (search.kind === 'unclear') return undefined;
      if (attempt >= maxRetries || waited > maxWaitMs) throw error;
    }
  }
}
