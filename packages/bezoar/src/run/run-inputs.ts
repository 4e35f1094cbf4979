import type { DatasetSource } from '../recipe/recipe.ts';

/** Where everything lies that a recipe names and no stage makes. */
export interface RunInputs {
  /** Absolute path of a file or folder; a model of the Hub is a folder of its cache. */
  readonly path: (reference: string) => string;
  /** Absolute paths of rows: one file, or the files of a data set of the Hub. */
  readonly files: (reference: string) => readonly string[];
  /** What decides the content of something on the Hub, its name and commit, or of a file on the web, its checksum. Undefined for the rest. */
  readonly hubPrint: (reference: string) => string | undefined;
  /** What a data set's card should say about another one that it was made from. Undefined for what is not on the Hub. */
  readonly hubSource: (reference: string) => DatasetSource | undefined;
  /** Downloads those that are on the Hub or the web. Their paths lead somewhere from then on. */
  readonly fetch: (references: readonly string[]) => Promise<void>;
}
