import { join } from 'node:path';
import { readPackages, root } from '../../workspace/read-packages.ts';

/** A module that a published package exports. */
export interface EntryPoint {
  /** As it is imported, `@bezoar/formats/node`; its page is this under `api/`. */
  readonly name: string;
  /** Absolute path of its source. */
  readonly file: string;
  /** Of its package. */
  readonly description: string;
}

/** What the published packages export, in the order of the packages' names. */
export function readEntryPoints(): readonly EntryPoint[] {
  return readPackages()
    .filter(({ manifest }) => manifest.private !== true)
    .flatMap(({ folder, manifest }) =>
      Object.entries(manifest.exports ?? {}).flatMap(([path, conditions]) => {
        const source = typeof conditions === 'string' ? undefined : conditions['@bezoar/source'];
        return source === undefined
          ? []
          : [
              {
                name: `${manifest.name}${path.slice(1)}`,
                file: join(root, folder, source),
                description: manifest.description ?? '',
              },
            ];
      }),
    );
}
