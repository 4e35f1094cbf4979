import { readText } from '@bezoar/formats';
import { parseHubReference } from '../reference/parse-hub-reference.ts';
import type { HubOptions } from '../settings/hub-options.ts';
import { openHubSnapshot, type HubSnapshot } from '../snapshot/open-hub-snapshot.ts';
import { readDatasetCard } from './read-dataset-card.ts';
import { selectDataFiles } from './select-data-files.ts';

export interface HubDataset extends HubSnapshot {
  /** Paths of the files that hold the rows, in order. */
  readonly dataFiles: readonly string[];
  /** As its card says: `cc-by-sa-3.0`. */
  readonly license: string | undefined;
}

/**
 * Opens a data set, `org/name@revision/path?config=…&split=…`, with or without `hub:` before it. Without a path its card, or
 * else the names of its files, say which files the split (`train`) of the configuration has. Throws as `openHubSnapshot` does,
 * and NOT_FOUND or BAD_CONFIG with what there is to choose from.
 */
export async function openHubDataset(text: string, options: HubOptions = {}): Promise<HubDataset> {
  const reference = parseHubReference(text);
  const { name, revision } = reference;
  const snapshot = await openHubSnapshot({ ...options, repo: { type: 'dataset', name }, revision });
  const { files, folder } = snapshot;
  const { license, configs } = readDatasetCard(
    (await folder.exists('README.md')) ? await readText(folder, 'README.md') : '',
  );
  const paths = files.map(({ path }) => path);
  return { ...snapshot, license, dataFiles: selectDataFiles({ reference, paths, configs }) };
}
