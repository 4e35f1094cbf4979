import { BezoarError, createRng } from '@bezoar/core';
import type { RetryPolicy } from '../providers/with-retries.ts';
import type { Clock } from '../schedule/clock.ts';
import { readCallFailure } from '../schedule/read-call-failure.ts';
import type { BatchApi } from './batch-api.ts';
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
 * provider is asked whether it has it before another one. Returns the provider's id.
 *
 * Throws BezoarError. After a refusal the journal says that the batch is gone; otherwise it stays intended, and
 * `takeUpBatch` finds out later what became of it.
 */
export async function makeBatch(
  name: string,
  entries: readonly BatchEntry[],
  { api, journal, ...policy }: MakeBatchOptions,
): Promise<string> {
  const customIds = entries.map(({ customId }) => customId);
  const since = Date.now();
  journal.intend({ name, model: api.id, customIds });
  const sought = { name, customIds: new Set(customIds), since, isKnown: (id: string) => journal.knows(id) };
  try {
    const objects = entries.map(({ entry }) => entry);
    const lines = (): string[] => objects.map((entry) => JSON.stringify(entry));
    const fileId = await api.upload?.(lines(), name);
    const batchId = await createOnce(() => api.create({ name, entries: objects, fileId }), {
      ...policy,
      find: () => api.find(sought),
    });
    journal.made(name, batchId);
    return batchId;
  } catch (error) {
    if (!readCallFailure(error).retryable) journal.gone(name);
    throw error;
  }
}

/**
 * What became of a batch that a process intended and did not live to see: its id at the provider, or undefined when there is
 * none. For `settleMs` after the intent it may still turn up.
 */
export async function takeUpBatch(
  { name, intendedAt }: JournalBatch,
  { api, journal, clock, settleMs = 60_000 }: MakeBatchOptions & { readonly settleMs?: number },
): Promise<string | undefined> {
  const sought = {
    name,
    customIds: journal.customIds(name),
    since: intendedAt,
    isKnown: (id: string) => journal.knows(id),
  };
  for (;;) {
    const batchId = await api.find(sought);
    if (batchId !== undefined) {
      journal.made(name, batchId);
      return batchId;
    }
    const rest = intendedAt + settleMs - Date.now();
    if (rest <= 0) break;
    await clock.sleep(Math.min(rest, settleMs / 6));
  }
  journal.gone(name);
  return undefined;
}

interface CreateOnceOptions extends RetryPolicy {
  readonly clock: Clock;
  readonly find: () => Promise<string | undefined>;
}

async function createOnce(
  create: () => Promise<string>,
  { clock, find, maxRetries = 6, maxWaitMs = 300_000, baseDelayMs = 1000 }: CreateOnceOptions,
): Promise<string> {
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
      const made = await find();
      if (made !== undefined) return made;
      if (attempt >= maxRetries || waited > maxWaitMs) throw error;
    }
  }
}
