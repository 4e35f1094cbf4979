import { BezoarError, type RunEvent } from '@bezoar/core';
import {
  isHubReference,
  openHubDataset,
  openHubModel,
  parseHubReference,
  type HubDataset,
  type HubModel,
  type HubOptions,
  type HubProgress,
} from '@bezoar/hub';
import { join } from 'node:path';
import type { RunInputs } from './run-inputs.ts';
import { fetchUrlFile, isUrl, parseUrlFile, type UrlFile } from './url-file.ts';

export interface OpenInputsOptions {
  /** Models and adapters. */
  readonly models: readonly (string | undefined)[];
  /** Files of rows. */
  readonly data: readonly string[];
  /** Absolute path of what is not on the Hub. */
  readonly resolve: (path: string) => string;
  /** Where the settings of the Hub are looked up. */
  readonly env: NonNullable<HubOptions['env']>;
  readonly signal?: AbortSignal | undefined;
  /** Told what is downloaded, and when the cache stands in for the Hub. */
  readonly emit: (event: RunEvent) => void;
}

/** The name under which events about the Hub are told. */
const stage = 'hub';

/**
 * Looks up the commits of everything on the Hub that is named; from now on it stays at them. Throws what `openHubModel` and
 * `openHubDataset` throw.
 */
export async function openRunInputs(options: OpenInputsOptions): Promise<RunInputs> {
  const { resolve, env, signal, emit } = options;
  const hub: HubOptions = {
    env,
    ...(signal === undefined ? {} : { signal }),
    onNote: (message) => emit({ type: 'note', stage, message }),
    onProgress: createMeter(emit),
  };
  const models = new Map<string, HubModel>();
  const datasets = new Map<string, HubDataset>();
  for (const reference of options.models)
    if (reference !== undefined && isHubReference(reference))
      models.set(reference, await openHubModel(reference, hub));
  for (const reference of options.data)
    if (isHubReference(reference)) datasets.set(reference, await openHubDataset(reference, hub));
  const urls = new Map<string, UrlFile>();
  for (const reference of options.data) if (isUrl(reference)) urls.set(reference, parseUrlFile(reference));
  /** Of the snapshot in the cache; for a file on the web its path. */
  const folders = new Map<string, string>();
  const isElsewhere = (reference: string): boolean => isHubReference(reference) || isUrl(reference);

  return {
    path: (reference) => (isElsewhere(reference) ? fetched(folders, reference) : resolve(reference)),
    files(reference) {
      const dataset = datasets.get(reference);
      if (dataset === undefined)
        return [isElsewhere(reference) ? fetched(folders, reference) : resolve(reference)];
      return dataset.dataFiles.map((file) => join(fetched(folders, reference), file));
    },
    hubPrint(reference) {
      const url = urls.get(reference);
      if (url !== undefined) return `sha256 ${url.sha256}`;
      const found = models.get(reference) ?? datasets.get(reference);
      if (found === undefined) return undefined;
      const { repo, commit } = found;
      return [`${repo.type} ${repo.name}@${commit}`, ...(datasets.get(reference)?.dataFiles ?? [])].join(
        '\n',
      );
    },
    hubSource(reference) {
      const dataset = datasets.get(reference);
      if (dataset === undefined) return undefined;
      const { repo, revision, commit, url, license = 'unknown' } = dataset;
      const place = revision === commit ? commit : `${revision} = ${commit}`;
      return { name: `${repo.name} @ ${place}`, license, url, hubId: repo.name };
    },
    async fetch(references) {
      for (const reference of references) {
        if (folders.has(reference)) continue;
        const url = urls.get(reference);
        if (url !== undefined) {
          folders.set(reference, await fetchUrlFile(url, { env, signal }));
          continue;
        }
        const [model, dataset] = [models.get(reference), datasets.get(reference)];
        const folder = (await model?.fetchAll()) ?? (await dataset?.fetchFiles(dataset.dataFiles));
        if (folder !== undefined) folders.set(reference, folder);
      }
    },
  };
}

/** The Hub's name of a model, for those who read an adapter; undefined for what is not there. */
export function hubName(reference: string): string | undefined {
  return isHubReference(reference) ? parseHubReference(reference).name : undefined;
}

function fetched(folders: ReadonlyMap<string, string>, reference: string): string {
  const folder = folders.get(reference);
  if (folder !== undefined) return folder;
  throw new BezoarError('BAD_CONFIG', `${reference} stands where nothing is read from the Hub or the web.`, {
    advice: 'Models, adapters and files of rows may be on the Hub: download this one and name its path.',
  });
}

/** Mebibytes of the files that are under way or done, all together. */
function createMeter(emit: (event: RunEvent) => void): (progress: HubProgress) => void {
  const files = new Map<string, HubProgress>();
  return (progress) => {
    files.set(`${progress.repo}/${progress.file}`, progress);
    const sum = (key: 'done' | 'total'): number =>
      Math.ceil([...files.values()].reduce((bytes, file) => bytes + file[key], 0) / 2 ** 20);
    emit({
      type: 'progress',
      stage,
      done: sum('done'),
      total: sum('total'),
      note: `MiB of ${progress.repo}`,
    });
  };
}
