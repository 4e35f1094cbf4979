import { BezoarError } from '@bezoar/core';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ChatResponse } from '../chat-model.ts';

/** One model call. `leased` is in flight; `failed` is tried again by the next run. */
export type CallState = 'leased' | 'done' | 'failed';

export interface LedgerStats {
  /** Calls that went to a model, and how many of them failed. */
  readonly calls: number;
  readonly failed: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export type Claim =
  /** Answered before. */
  | { readonly kind: 'done'; readonly response: ChatResponse }
  /** Make the call, then `complete` or `fail` it. */
  | { readonly kind: 'leased' }
  /** Someone else is making it; ask again. */
  | { readonly kind: 'busy' };

/** The durable memory of calls: what was paid for once is never asked for again. */
export interface Ledger {
  /** Takes the right to make a call, unless it was answered or somebody alive has it. */
  claim(
    key: string,
    about: { readonly model: string; readonly stage: string; readonly request: string },
  ): Claim;
  /** Stores the raw response, before anyone parses it. */
  complete(key: string, response: ChatResponse): void;
  fail(key: string, reason: string): void;
  stats(stage?: string): LedgerStats;
  close(): void;
}

export interface OpenLedgerOptions {
  /** A SQLite file, made when it is not there. */
  readonly path: string;
  /** A lease that is older belongs to a dead process. 15 minutes by default: longer than any call. */
  readonly leaseMs?: number;
  readonly now?: () => number;
}

const schemaVersion = 1;

/**
 * Opens the ledger over `node:sqlite` in WAL mode: every state change is one committed transaction, so a process may be
 * killed at any moment, and several processes may share the file.
 * Throws BezoarError BAD_FILE when the file is something else.
 */
export function openLedger({ path, leaseMs = 900_000, now = Date.now }: OpenLedgerOptions): Ledger {
  const database = openDatabase(path);
  const find = database.prepare('SELECT state, response, leased_by, leased_at FROM calls WHERE key = ?');
  const lease = database.prepare(
    `INSERT INTO calls (key, model, stage, request, state, leased_by, leased_at) VALUES (?, ?, ?, ?, 'leased', ?, ?)
     ON CONFLICT (key) DO UPDATE SET state = 'leased', leased_by = excluded.leased_by, leased_at = excluded.leased_at`,
  );
  const complete = database.prepare(
    `UPDATE calls SET state = 'done', response = ?, input_tokens = ?, output_tokens = ?, finished_at = ? WHERE key = ?`,
  );
  const fail = database.prepare(
    `UPDATE calls SET state = 'failed', reason = ?, finished_at = ? WHERE key = ?`,
  );
  const count = database.prepare(
    `SELECT count(*) AS calls, total(state = 'failed') AS failed, total(input_tokens) AS input, total(output_tokens) AS output
     FROM calls WHERE ? IS NULL OR stage = ?`,
  );
  return {
    claim(key, { model, stage, request }) {
      return transaction(database, (): Claim => {
        const row = find.get(key) as CallRow | undefined;
        if (row?.state === 'done')
          return { kind: 'done', response: { ...(JSON.parse(row.response) as ChatResponse), cached: true } };
        const held =
          row?.state === 'leased' &&
          now() - row.leased_at < leaseMs &&
          row.leased_by !== process.pid &&
          isAlive(row.leased_by);
        if (held) return { kind: 'busy' };
        lease.run(key, model, stage, request, process.pid, now());
        return { kind: 'leased' };
      });
    },
    complete(key, response) {
      complete.run(
        JSON.stringify(response),
        response.usage.inputTokens,
        response.usage.outputTokens,
        now(),
        key,
      );
    },
    fail(key, reason) {
      fail.run(reason, now(), key);
    },
    stats(stage) {
      const row = count.get(stage ?? null, stage ?? null) as {
        calls: number;
        failed: number;
        input: number;
        output: number;
      };
      return { calls: row.calls, failed: row.failed, inputTokens: row.input, outputTokens: row.output };
    },
    close: () => database.close(),
  };
}

interface CallRow {
  readonly state: CallState;
  readonly response: string;
  readonly leased_by: number;
  readonly leased_at: number;
}

function openDatabase(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const database = new DatabaseSync(path, { timeout: 10_000 });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec(`CREATE TABLE IF NOT EXISTS calls (
      key TEXT PRIMARY KEY, model TEXT NOT NULL, stage TEXT NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
      leased_by INTEGER, leased_at INTEGER, response TEXT, reason TEXT, input_tokens INTEGER, output_tokens INTEGER,
      finished_at INTEGER) STRICT`);
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as {
      user_version: number;
    };
    if (version !== 0 && version !== schemaVersion) throw new Error(`ledger version ${version}`);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    return database;
  } catch (cause) {
    throw new BezoarError(
      'BAD_FILE',
      `${path} cannot be used as a call ledger: ${(cause as Error).message}.`,
      {
        advice: 'Move the file away, or name another one.',
        cause,
      },
    );
  }
}

/** `BEGIN IMMEDIATE`: of two processes that claim the same call at once, one waits. */
function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
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
