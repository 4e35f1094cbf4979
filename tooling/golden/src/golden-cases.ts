import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface GoldenCase {
  readonly name: string;
  readonly folder: string;
  /** The content of case.json. */
  readonly info: Readonly<Record<string, unknown>>;
}

/**
 * Every case of a kind under BEZOAR_GOLDEN_DIR, found by listing the folder: a case.json in it, or in the folders within. None
 * when the variable is unset.
 */
export function goldenCases(kind: string): GoldenCase[] {
  const root = process.env['BEZOAR_GOLDEN_DIR'];
  const folder = root === undefined || root === '' ? undefined : join(root, kind);
  if (folder === undefined || !existsSync(folder)) return [];
  return [folder, ...readdirSync(folder).map((name) => join(folder, name))]
    .filter((each) => existsSync(join(each, 'case.json')))
    .map((each) => ({
      name: basename(each),
      folder: each,
      info: readJsonFile<Record<string, unknown>>(join(each, 'case.json')),
    }));
}

/** A JSON file. Its type is the caller's word. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the return type is what is chosen
export function readJsonFile<Content>(path: string): Content {
  return JSON.parse(readFileSync(path, 'utf8')) as Content;
}

/** A folder of real data sets under BEZOAR_DATA_DIR, or undefined when it is not there. */
export function dataPath(name: string): string | undefined {
  const root = process.env['BEZOAR_DATA_DIR'];
  const path = root === undefined ? undefined : join(root, name);
  return path !== undefined && existsSync(path) ? path : undefined;
}
