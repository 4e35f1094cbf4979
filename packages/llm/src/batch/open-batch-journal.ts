import { openDatabase } from '../sqlite/open-database.ts';

/**
 * `intended`: it may or may not stand at the provider. `made`: it does. `ended`: its results were read. `gone`: it was
 * refused, or never made.
 */
export type BatchState = 'intended' | 'made' | 'ended' | 'gone';

export interface JournalBatch {
  /** Ours. */
  readonly name: string;
  readonly state: BatchState;
  /** The provider's id; null while it is only intended. */
  readonly batchId: string | null;
  /** Milliseconds since 1970. */
  readonly intendedAt: number;
}

export interface JournalCall {
  /** The last batch that the call was put in. */
  readonly batch: JournalBatch;
  /** Its raw result, once it is answered. */
  readonly line: string | undefined;
}

/**
 * What was asked of a provider in batches. Every step is written down before the next one is made, so that after the death
 * of the process no batch is made twice and no answer is lost.
 */
export interface BatchJournal {
  find(customId: string): JournalCall | undefined;
  /** To be called before anything is sent. */
  intend(batch: {
    readonly name: string;
    readonly model: string;
    readonly customIds: readonly string[];
  }): void;
  /** The file of a batch lies at the provider. `content` tells its text. */
  uploaded(name: string, file: { readonly fileId: string; readonly content: string }): void;
  /** A file with that content, of a batch that was never made. */
  file(content: string): string | undefined;
  made(name: string, batchId: string): void;
  /** Raw results, stored before anyone reads them. */
  answered(name: string, lines: readonly AnsweredLine[]): void;
  ended(name: string): void;
  gone(name: string): void;
  customIds(name: string): Set<string>;
  knows(batchId: string): boolean;
  close(): void;
}

export interface AnsweredLine {
  readonly customId: string;
  readonly line: string;
}

export interface OpenBatchJournalOptions {
  /** A SQLite file, made when it is not there. */
  readonly path: string;
  readonly now?: () => number;
}

const migrations: readonly string[] = [
  `CREATE TABLE batches (
     name TEXT PRIMARY KEY, model TEXT NOT NULL, state TEXT NOT NULL, batch_id TEXT, intended_at INTEGER NOT NULL,
     ended_at INTEGER) STRICT;
   CREATE TABLE calls (custom_id TEXT PRIMARY KEY, batch TEXT NOT NULL, line TEXT) STRICT;
   CREATE INDEX calls_by_batch ON calls (batch);
   CREATE INDEX batches_by_id ON batches (batch_id)`,
  // Files that were sent for batches which nobody made.
  `ALTER TABLE batches ADD COLUMN file_id TEXT;
   ALTER TABLE batches ADD COLUMN content TEXT;
   CREATE INDEX batches_by_content ON batches (content)`,
];

/** Throws BezoarError BAD_FILE when the file is something else. */
export function openBatchJournal({ path, now = Date.now }: OpenBatchJournalOptions): BatchJournal {
  const database = openDatabase({ path, migrations, what: 'a journal of batches', survives: 'machine' });
  const find = database.prepare(
    `SELECT name, state, batch_id AS batchId, intended_at AS intendedAt, line
     FROM calls JOIN batches ON batch = name WHERE custom_id = ?`,
  );
  const intend = database.prepare(
    `INSERT INTO batches (name, model, state, intended_at) VALUES (?, ?, 'intended', ?)`,
  );
  const put = database.prepare(
    `INSERT INTO calls (custom_id, batch) VALUES (?, ?)
     ON CONFLICT (custom_id) DO UPDATE SET batch = excluded.batch, line = NULL`,
  );
  const made = database.prepare(`UPDATE batches SET state = 'made', batch_id = ? WHERE name = ?`);
  const uploaded = database.prepare('UPDATE batches SET file_id = ?, content = ? WHERE name = ?');
  const file = database.prepare(
    `SELECT file_id AS fileId FROM batches WHERE content = ? AND batch_id IS NULL ORDER BY intended_at DESC LIMIT 1`,
  );
  const answered = database.prepare(
    'UPDATE calls SET line = ? WHERE custom_id = ? AND batch = ? AND line IS NULL',
  );
  const end = database.prepare('UPDATE batches SET state = ?, ended_at = ? WHERE name = ?');
  const customIds = database.prepare('SELECT custom_id AS customId FROM calls WHERE batch = ?');
  const knows = database.prepare('SELECT 1 FROM batches WHERE batch_id = ?');

  const transaction = (work: () => void): void => {
    database.exec('BEGIN IMMEDIATE');
    try {
      work();
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    find(customId) {
      const row = find.get(customId) as (JournalBatch & { readonly line: string | null }) | undefined;
      if (row === undefined) return undefined;
      const { line, ...batch } = row;
      return { batch, line: line ?? undefined };
    },
    intend(batch) {
      transaction(() => {
        intend.run(batch.name, batch.model, now());
        for (const customId of batch.customIds) put.run(customId, batch.name);
      });
    },
    uploaded: (name, { fileId, content }) => void uploaded.run(fileId, content, name),
    file: (content) => (file.get(content) as { readonly fileId: string } | undefined)?.fileId,
    made: (name, batchId) => void made.run(batchId, name),
    answered(name, lines) {
      transaction(() => {
        for (const { customId, line } of lines) answered.run(line, customId, name);
      });
    },
    ended: (name) => void end.run('ended', now(), name),
    gone: (name) => void end.run('gone', now(), name),
    customIds: (name) =>
      new Set((customIds.all(name) as { readonly customId: string }[]).map(({ customId }) => customId)),
    knows: (batchId) => knows.get(batchId) !== undefined,
    close: () => database.close(),
  };
}
