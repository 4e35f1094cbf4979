import type { DatabaseSync } from 'node:sqlite';

/** Writes that are committed together. */
export interface GroupCommit {
  /** Runs the work inside the open transaction, which other processes wait for; opens one when there is none. */
  readonly write: <Result>(work: () => Result) => Result;
  /** Resolves when everything that was written so far is committed. */
  readonly committed: () => Promise<void>;
  /** Commits now. */
  readonly flush: () => void;
}

/**
 * What is written in one turn of the event loop becomes one transaction, committed at the turn's end: a commit costs the
 * same for one row and for fifty.
 */
export function createGroupCommit(database: DatabaseSync): GroupCommit {
  let open:
    | {
        readonly promise: Promise<void>;
        readonly resolve: () => void;
        readonly reject: (error: unknown) => void;
      }
    | undefined;
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const flush = (): void => {
    const group = open;
    if (group === undefined) return;
    open = undefined;
    try {
      commit.run();
      group.resolve();
    } catch (error) {
      database.exec('ROLLBACK');
      group.reject(error);
      throw error;
    }
  };
  return {
    write(work) {
      if (open === undefined) {
        begin.run();
        open = Promise.withResolvers();
        // Whoever waits for it gets the failure; nobody has to wait.
        open.promise.catch(() => undefined);
        setImmediate(() => {
          try {
            flush();
          } catch {
            // Told through `committed`.
          }
        });
      }
      return work();
    },
    committed: () => open?.promise ?? Promise.resolve(),
    flush,
  };
}
