import type { Manifest } from '../workspace/read-packages.ts';

export interface PackedManifest extends Manifest {
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What is wrong with the manifests of one release, as they are in the tarballs: one sentence per problem. */
export function releaseProblems(manifests: readonly PackedManifest[]): readonly string[] {
  const [first] = manifests;
  if (!first) return ['There is nothing to release.'];
  const { version } = first;
  const own = new Set(manifests.map(({ name }) => name));
  return manifests.flatMap((manifest) => {
    const { dependencies, optionalDependencies, peerDependencies } = manifest;
    const ranges = [dependencies, optionalDependencies, peerDependencies].flatMap((group) =>
      Object.entries(group ?? {}),
    );
    return [
      ...(manifest.version === version ? [] : [`${manifest.name} is ${manifest.version}, not ${version}.`]),
      ...ranges.flatMap(([name, range]) => {
        const place = `${manifest.name} wants ${name} "${range}"`;
        if (/^(workspace|catalog|link|file):/.test(range))
          return [`${place}, which only the workspace knows.`];
        if (!own.has(name)) return [];
        const exact = isBinaryOf(manifest.name, name);
        const wanted = exact ? version : `^${version}`;
        return range === wanted ? [] : [`${place} instead of "${wanted}".`];
      }),
    ];
  });
}

/** A compiled library is called by the JavaScript that it was built with, and by no other. */
function isBinaryOf(name: string, dependency: string): boolean {
  return dependency.startsWith(`${name}-`);
}
