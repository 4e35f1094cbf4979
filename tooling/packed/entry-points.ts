import { isBinaryPackage, readPackages, type WorkspacePackage } from '../workspace/read-packages.ts';

export interface EntryPoint {
  readonly package: WorkspacePackage;
  /** `@bezoar/formats/node` */
  readonly specifier: string;
  /** `dist/node`, without its extension */
  readonly built: string;
}

/** What programs may import: every entry of `exports` that is code, of all published packages. */
export function entryPoints(): readonly EntryPoint[] {
  const published = readPackages().filter((item) => item.manifest.private !== true && !isBinaryPackage(item));
  return published.flatMap((item) =>
    Object.entries(item.manifest.exports ?? {}).flatMap(([entry, target]) =>
      typeof target === 'string'
        ? []
        : [
            {
              package: item,
              specifier: `${item.manifest.name}${entry.slice(1)}`,
              built: target['default']!.replace(/^\.\//, '').replace(/\.js$/, ''),
            },
          ],
    ),
  );
}
