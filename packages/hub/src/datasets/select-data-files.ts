import { BezoarError } from '@bezoar/core';
import { matchPath } from '../reference/match-path.ts';
import type { HubReference } from '../reference/parse-hub-reference.ts';
import type { DatasetConfig } from './read-dataset-card.ts';
import { splitOf } from './split-of.ts';

export interface SelectOptions {
  readonly reference: HubReference;
  /** Paths of the repository. */
  readonly paths: readonly string[];
  /** Of its card. */
  readonly configs: readonly DatasetConfig[];
}

type Splits = Readonly<Record<string, readonly string[]>>;

const rowsFile = /\.(jsonl|ndjson|json|parquet)(\.gz)?$/i;
/** What `datasets` writes beside the rows. */
const noRows = /(^|\/)(dataset_infos?|dataset_dict|state)\.json$/;

/**
 * The files of a data set that hold the rows which a reference names, in order: its path, else its split of its configuration
 * as the card declares them, else as files and folders are called. Throws BezoarError NOT_FOUND or BAD_CONFIG, with what
 * there is to choose from.
 */
export function selectDataFiles({ reference, paths, configs }: SelectOptions): readonly string[] {
  const { name, path, config } = reference;
  const sorted = paths.toSorted();
  if (path !== undefined) return selectPath(reference, sorted);
  const rows = sorted.filter((each) => rowsFile.test(each) && !noRows.test(each) && !isHidden(each));
  if (rows.length === 0) {
    throw new BezoarError('NOT_FOUND', `The data set ${name} has no JSON Lines or Parquet files.`, {
      advice: `The Hub's own conversion may have: hub:${name}@refs/convert/parquet?config=default&split=train.`,
    });
  }
  const declared = configs.length === 0 ? undefined : chooseConfig(reference, configs);
  if (declared !== undefined) return chooseSplit(reference, declaredSplits(declared, rows));
  return chooseSplit(reference, namedSplits(inFolder(reference, oneFormat(rows), config)));
}

/** A file, all files that fit a pattern, or those of a folder. */
function selectPath({ name, path = '' }: HubReference, paths: readonly string[]): readonly string[] {
  if (paths.includes(path)) return [path];
  const found = paths.filter((each) => matchPath(each, path));
  const inside = paths.filter(
    (each) => each.startsWith(`${path.replace(/\/$/, '')}/`) && rowsFile.test(each),
  );
  const selected = found.length > 0 ? found : inside;
  if (selected.length > 0) return selected;
  const known = paths.filter((each) => rowsFile.test(each)).slice(0, 8);
  throw new BezoarError('NOT_FOUND', `The data set ${name} has no file ${path}.`, {
    advice: known.length === 0 ? 'Check the path.' : `Some that it has: ${known.join(', ')}.`,
  });
}

function chooseConfig({ name, config }: HubReference, configs: readonly DatasetConfig[]): DatasetConfig {
  const found =
    config === undefined
      ? (configs.find(({ isDefault }) => isDefault) ??
        configs.find((each) => each.name === 'default') ??
        (configs.length === 1 ? configs[0] : undefined))
      : configs.find((each) => each.name === config);
  if (found !== undefined) return found;
  throw unchosen({ name, what: 'configuration', chosen: config, known: configs.map((each) => each.name) });
}

function declaredSplits({ splits }: DatasetConfig, rows: readonly string[]): Splits {
  return Object.fromEntries(
    splits.map(({ split, patterns }) => [
      split,
      rows.filter((path) => patterns.some((pattern) => matchPath(path, pattern.replace(/^\.\//, '')))),
    ]),
  );
}

/** Where some names speak of a split, the other files are something else; where none does, all are one split. */
function namedSplits(rows: readonly string[]): Splits {
  const splits: Record<string, string[]> = {};
  for (const path of rows) {
    const split = splitOf(path);
    if (split !== undefined) (splits[split] ??= []).push(path);
  }
  return Object.keys(splits).length === 0 ? { train: rows } : splits;
}

function chooseSplit({ name, split }: HubReference, splits: Splits): readonly string[] {
  const known = Object.keys(splits).filter((each) => splits[each]!.length > 0);
  const found = splits[split ?? (known.length === 1 ? known[0]! : 'train')];
  if (found !== undefined && found.length > 0) return found;
  throw unchosen({ name, what: 'split', chosen: split, known });
}

/** Configurations that no card declares are folders; in the Hub's own conversion to Parquet they always are. */
function inFolder(
  reference: HubReference,
  rows: readonly string[],
  config: string | undefined,
): readonly string[] {
  const { name, revision = '' } = reference;
  if (config === undefined && !revision.startsWith('refs/convert/')) return rows;
  const folders = [
    ...new Set(rows.map((path) => path.split('/')[0]!).filter((folder) => !rowsFile.test(folder))),
  ];
  const chosen = config ?? (folders.length === 1 ? folders[0] : 'default');
  const found = rows.filter((path) => path.split('/').slice(0, -1).includes(chosen!));
  if (found.length > 0) return found;
  throw unchosen({ name, what: 'configuration', chosen: config, known: folders });
}

/** The same rows often lie there twice. */
function oneFormat(rows: readonly string[]): readonly string[] {
  const parquet = rows.filter((path) => path.endsWith('.parquet'));
  return parquet.length > 0 ? parquet : rows;
}

function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || part.startsWith('__'));
}

interface Unchosen {
  readonly name: string;
  readonly what: 'configuration' | 'split';
  readonly chosen: string | undefined;
  readonly known: readonly string[];
}

function unchosen({ name, what, chosen, known }: Unchosen): BezoarError {
  const message =
    chosen === undefined
      ? `The data set ${name} has more than one ${what}.`
      : `The data set ${name} has no ${what} ${chosen}.`;
  const key = what === 'split' ? 'split' : 'config';
  return new BezoarError('BAD_CONFIG', message, {
    advice:
      known.length === 0 ? `Leave ${key} away.` : `Add ?${key}=… to its name: it has ${known.join(', ')}.`,
  });
}
