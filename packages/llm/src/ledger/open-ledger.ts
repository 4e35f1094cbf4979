import type { ChatResponse } from '../chat-model.ts';
import { createGroupCommit } from './group-commit.ts';
import { openDatabase } from '../sqlite/open-database.ts';

/** What brings a ledger from the version of its place in the list to the next one. */
export const ledgerMigrations: readonly string[] = [
  `CREATE TABLE calls (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, stage TEXT NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
    leased_by INTEGER, leased_at INTEGER, response TEXT, reason TEXT, input_tokens INTEGER, output_tokens INTEGER,
    finished_at INTEGER) STRICT`,
  // Costs, calls that were begun again after their process had died, and sums that need not look at the texts.
  `ALTER TABLE calls ADD COLUMN cost REAL;
   ALTER TABLE calls ADD COLUMN begun_again INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX calls_by_stage ON calls (stage, state, input_tokens, output_tokens, cost, begun_again)`,
];

/**
 * One model call. `leased` is in flight; `failed` is tried again by the next run, and so is `lost`, whose request was on its
 * way when it ended.
 */
export type CallState = 'leased' | 'done' | 'failed' | 'lost';

export interface LedgerStats {
  /** Calls that went to a model, and how many of them failed. */
  readonly calls: number;
  readonly failed: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars of the answered calls whose price was known, and how many of them had none. */
  readonly cost: number;
  readonly unpriced: number;
  /**
   * How often a call was begun again because the process that had begun it was dead, or because it broke off or was
   * interrupted on its way: the provider may have billed both. And what these would have cost, as far as they are
   * answered by now.
   */
  readonly paidTwice: number;
  readonly paidTwiceCost: number;
}

export type Claim =
  /** Answered before. */
  | { readonly kind: 'done'; readonly response: ChatResponse }
  /** Make the call, then `complete` or `fail` it. */
  | { readonly kind: 'leased' }
  /** Someone else is making it; ask again. */
  | { readonly kind: 'busy' };

/** What was asked of one model. */
export interface ModelStats extends LedgerStats {
  readonly model: string;
}

/** The durable memory of calls: what was paid for once is never asked for again. */
export interface Ledger {
  /** The answer of a call that was made before. */
  find(key: string): ChatResponse | undefined;
  /** Takes the right to make a call, unless it was answered or somebody alive has it. */
  claim(
    key: string,
    about: { readonly model: string; readonly stage: string; readonly request: string },
  ): Claim;
  /** Stores the raw response, before anyone parses it. */
  complete(key: string, response: ChatResponse): void;
  fail(key: string, reason: string, options?: { readonly mayBeBilled?: boolean }): void;
  /**
   * Resolves when everything so far is safe. Make a call, and hand its answer on, only after that: then the death of the
   * process costs at most the calls in flight.
   */
  committed(): Promise<void>;
  stats(stage?: string): LedgerStats;
  /** The same by model, over the stages that are named. */
  statsByModel(stages: readonly string[]): ModelStats[];
  close(): void;
}

export interface OpenLedgerOptions {
  /** A SQLite file, made when it is not there. */
  readonly path: string;
  /** A lease that is older belongs to a dead process. 15 minutes by default: longer than any call. */
  readonly leaseMs?: number;
  readonly now?: () => number;
}

/**
 * Opens the ledger over `node:sqlite`. Changes of one turn of the event loop are one transaction; see `committed`. The
 * process may be killed at any moment, and several processes may share the file.
 * Throws BezoarError BAD_FILE when the file is something else.
 */
export function openLedger({ path, leaseMs = 900_000, now = Date.now }: OpenLedgerOptions): Ledger {
  const database = openDatabase({ path, migrations: ledgerMigrations, what: 'a call ledger' });
  const { write, committed, flush } = createGroupCommit(database);
  /** Calls that are in flight here: whoever else of this process asks for one waits. */
  const own = new Set<string>();
  const find = database.prepare("SELECT response FROM calls WHERE key = ? AND state = 'done'");
  const inspect = database.prepare('SELECT state, leased_by, leased_at FROM calls WHERE key = ?');
  const lease = database.prepare(
    `INSERT INTO calls (key, model, stage, request, state, leased_by, leased_at) VALUES (?, ?, ?, ?, 'leased', ?, ?)
     ON CONFLICT (key) DO UPDATE SET begun_again = begun_again + (state IN ('leased', 'lost')), state = 'leased',
       leased_by = excluded.leased_by, leased_at = excluded.leased_at`,
  );
  const complete = database.prepare(
    `UPDATE calls SET state = 'done', response = ?, input_tokens = ?, output_tokens = ?, cost = ?, finished_at = ?,
       begun_again = begun_again * ? + ? WHERE key = ?`,
  );
  const fail = database.prepare(`UPDATE calls SET state = ?, reason = ?, finished_at = ? WHERE key = ?`);
  const sums = `count(*) AS calls, total(state IN ('failed', 'lost')) AS failed, total(input_tokens) AS inputTokens,
    total(output_tokens) AS outputTokens, total(cost) AS cost, total(state = 'done' AND cost IS NULL) AS unpriced,
    total(begun_again) AS paidTwice,
    total(begun_again * cost) AS paidTwiceCost FROM calls`;
  const sumOfAll = database.prepare(`SELECT ${sums}`);
  const sumOfStage = database.prepare(`SELECT ${sums} WHERE stage = ?`);
  const sumsOfModels = database.prepare(
    `SELECT model, ${sums} WHERE stage IN (SELECT value FROM json_each(?)) GROUP BY model ORDER BY model`,
  );
  const answered = (key: string): ChatResponse | undefined => {
    const row = find.get(key) as { readonly response: string } | undefined;
    return row === undefined ? undefined : { ...(JSON.parse(row.response) as ChatResponse), cached: true };
  };
  return {
    find: answered,
    claim(key, { model, stage, request }) {
      if (own.has(key)) return { kind: 'busy' };
      return write(() => {
        const response = answered(key);
        if (response !== undefined) return { kind: 'done', response };
        const row = inspect.get(key) as CallRow | undefined;
        const held =
          row?.state === 'leased' &&
          now() - row.leased_at < leaseMs &&
          row.leased_by !== process.pid &&
          isAlive(row.leased_by);
        if (held) return { kind: 'busy' };
        lease.run(key, model, stage, request, process.pid, now());
        own.add(key);
        return { kind: 'leased' };
      });
    },
    complete(key, { rateLimit, takenOver = false, begunAgain = 0, ...response }) {
      own.delete(key);
      const { usage, cost } = response;
      const text = JSON.stringify(response);
      const { inputTokens, outputTokens } = usage;
      // What an earlier process began was not lost, if it is this answer; others may have died over it meanwhile.
      const again = [takenOver ? 0 : 1, begunAgain] as const;
      write(() => complete.run(text, inputTokens, outputTokens, cost ?? null, now(), ...again, key));
    },
    fail(key, reason, { mayBeBilled = false } = {}) {
      own.delete(key);
      write(() => fail.run(mayBeBilled ? 'lost' : 'failed', reason, now(), key));
    },
    committed,
    stats: (stage) => ({
      ...((stage === undefined ? sumOfAll.get() : sumOfStage.get(stage)) as unknown as LedgerStats),
    }),
    statsByModel: (stages) =>
      sumsOfModels.all(JSON.stringify(stages)).map((row) => ({ ...(row as unknown as ModelStats) })),
    close() {
      flush();
      database.close();
    },
  };
}

interface CallRow {
  readonly state: CallState;
  readonly leased_by: number;
  readonly leased_at: number;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Alive, but another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
