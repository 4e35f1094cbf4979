import type { Clock } from '../schedule/clock.ts';
import { withRetries, type RetryPolicy } from '../providers/with-retries.ts';
import type { BatchApi, BatchOutcome, BatchStatus } from './batch-api.ts';
import type { AnsweredLine, BatchJournal } from './open-batch-journal.ts';

/** Looks at a batch until it has ended or nobody waits for it. */
export interface Watch {
  /** One more waits. */
  add(): void;
  /** One less; the last one ends the watch. */
  remove(): void;
  /** Undefined when nobody waited any more. */
  readonly ended: Promise<BatchStatus | undefined>;
}

/** Small batches are quick: the first looks follow each other fast, each pause twice the last, up to `pollMs`. */
const firstPollMs = 1000;

export interface WatchOptions {
  readonly api: BatchApi;
  readonly batchId: string;
  readonly clock: Clock;
  /** 30 s by default. */
  readonly pollMs?: number;
  /** The first look at once. */
  readonly immediately: boolean;
  readonly onStatus?: (status: BatchStatus & { readonly batchId: string }) => void;
}

export function watchBatch({
  api,
  batchId,
  clock,
  pollMs = 30_000,
  immediately,
  onStatus,
}: WatchOptions): Watch {
  const stop = new AbortController();
  let waiting = 0;
  const watch = async (): Promise<BatchStatus | undefined> => {
    let pause = immediately ? 0 : Math.min(firstPollMs, pollMs);
    for (;;) {
      await clock.sleep(pause, stop.signal);
      if (stop.signal.aborted) return undefined;
      const status = await api.status(batchId);
      onStatus?.({ ...status, batchId });
      if (status.state !== 'running') return status;
      pause = Math.min(pollMs, Math.max(firstPollMs, 2 * pause));
    }
  };
  return {
    add() {
      waiting++;
    },
    remove() {
      if (--waiting === 0) stop.abort();
    },
    ended: watch(),
  };
}

export interface CollectOptions extends RetryPolicy {
  readonly api: BatchApi;
  readonly journal: BatchJournal;
  readonly name: string;
  readonly batchId: string;
  /** Calls that somebody waits for. */
  readonly wanted: ReadonlySet<string>;
}

const linesPerTransaction = 1000;

/**
 * Reads the results of an ended batch into the journal, by their custom ids, and returns those that are wanted. Of two
 * results with one id the first counts.
 */
export async function collectResults(options: CollectOptions): Promise<ReadonlyMap<string, BatchOutcome>> {
  const { api, journal, name, batchId, wanted } = options;
  const outcomes = new Map<string, BatchOutcome>();
  const seen = new Set<string>();
  let answered: AnsweredLine[] = [];
  const store = (): void => {
    journal.answered(name, answered);
    answered = [];
  };
  const read = async (): Promise<void> => {
    for await (const line of api.results(batchId)) {
      const { customId, outcome } = api.readResult(line);
      if (seen.has(customId)) continue;
      seen.add(customId);
      if (wanted.has(customId)) outcomes.set(customId, outcome);
      if (outcome.kind === 'answered') answered.push({ customId, line });
      if (answered.length >= linesPerTransaction) store();
    }
  };
  // A download that breaks off begins again; what was read stays read.
  await withRetries(read, { ...options, model: api.id, apiKey: api.apiKey, signal: undefined });
  store();
  journal.ended(name);
  return outcomes;
}
