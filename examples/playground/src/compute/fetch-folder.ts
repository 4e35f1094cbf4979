import { BezoarError } from '@bezoar/core';
import { memoryFolder, type FolderSource } from '@bezoar/formats';

/** Files of a folder on the page's own site, fetched whole. */
export async function fetchFolder(url: string, names: readonly string[]): Promise<FolderSource> {
  const files = await Promise.all(
    names.map(async (name): Promise<[string, Uint8Array]> => {
      const response = await fetch(new URL(name, url));
      if (!response.ok) {
        throw new BezoarError('NOT_FOUND', `The site has no ${name} (status ${response.status}).`, {
          advice: 'Put the whole folder of the page on the site, model included.',
        });
      }
      return [name, new Uint8Array(await response.arrayBuffer())];
    }),
  );
  return memoryFolder(new Map(files), 'the tiny model');
}
