import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GoldenCase {
  readonly name: string;
  readonly folder: string;
  /** The content of case.json. */
  readonly info: Readonly<Record<string, unknown>>;
}

/** The title of a suite, with the reason when it is skipped. */
export function goldenTitle(kind: string): string {
  return goldenCases(kind).length > 0
    ? `golden ${kind}`
    : `golden ${kind} (skipped: BEZOAR_GOLDEN_DIR has no ${kind} cases)`;
}

/** Every case of a kind under BEZOAR_GOLDEN_DIR, found by listing the folder; none when the variable is unset. */
export function goldenCases(kind: string): GoldenCase[] {
  const root = process.env['BEZOAR_GOLDEN_DIR'];
  const folder = root === undefined ? undefined : join(root, kind);
  if (folder === undefined || !existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => ({ name, folder: join(folder, name) }))
    .filter((each) => existsSync(join(each.folder, 'case.json')))
    .map((each) => ({
      ...each,
      info: readJsonFile<Record<string, unknown>>(join(each.folder, 'case.json')),
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
