import { BezoarError } from '@bezoar/core';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

export interface OpenDatabaseOptions {
  readonly path: string;
  /** What brings a file from the version of its place in the list to the next one. */
  readonly migrations: readonly string[];
  /** For messages: `a call ledger`. */
  readonly what: string;
  /**
   * `process` (the default): a commit survives the death of the process; that of the machine may take the newest ones with
   * it, never the file. `machine`: it survives a power cut too, and takes a disk's flush.
   */
  readonly survives?: 'process' | 'machine';
}

/**
 * Opens a file in WAL mode, makes it where it is missing, and brings it to the newest version.
 * Throws BezoarError BAD_FILE when the file is something else, or was made by a newer version.
 */
export function openDatabase({ path, migrations, what, survives }: OpenDatabaseOptions): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Not imported: loading it prints that it is experimental, also for those who open no file.
    const sqlite = process.getBuiltinModule('node:sqlite');
    database = new sqlite.DatabaseSync(path, { timeout: 10_000 });
    const synchronous = survives === 'machine' ? 'FULL' : 'NORMAL';
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
    migrate(database, migrations);
    return database;
  } catch (cause) {
    database?.close();
    throw new BezoarError('BAD_FILE', `${path} cannot be used as ${what}: ${(cause as Error).message}.`, {
      advice: 'Move the file away, or name another one.',
      cause,
    });
  }
}

function migrate(database: DatabaseSync, migrations: readonly string[]): void {
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
