import { BezoarError } from '@bezoar/core';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What brings a ledger from the version of its place in the list to the next one. */
const migrations: readonly string[] = [
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
 * Opens the ledger's file in WAL mode and brings it to the newest version. A commit survives the death of the process;
 * that of the machine may take the newest ones with it, never the file (`synchronous = NORMAL`).
 * Throws BezoarError BAD_FILE when the file is something else, or was made by a newer version.
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    database = new DatabaseSync(path, { timeout: 10_000 });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    migrate(database);
    return database;
  } catch (cause) {
    database?.close();
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

function migrate(database: DatabaseSync): void {
  if (versionOf(database) === migrations.length) return;
  // Of two processes that find an old file, one waits and finds a new one.
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(database);
    if (version > migrations.length)
      throw new Error(`it is of version ${version}, and this program knows ${migrations.length}`);
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`);
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return (database.prepare('PRAGMA user_version').get() as { readonly user_version: number }).user_version;
}
