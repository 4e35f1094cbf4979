import type { Manifest } from './read-packages.ts';

/** What a published package needs beside what publint and attw look at. */
export interface PackageFacts {
  readonly manifest: Manifest;
  /** Paths inside the tarball. */
  readonly packed: readonly string[];
}

const installScripts = ['preinstall', 'install', 'postinstall', 'prepare'];
const unwanted = /\.test\.|\.tsbuildinfo$|(^|\/)(__fixtures__|node_modules)\//;

/** One sentence per problem; empty when the package is fit to publish. */
export function manifestProblems({ manifest, packed }: PackageFacts): readonly string[] {
  const files = new Set(packed);
  const problems: string[] = [];
  const need = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem);
  };

  need(manifest.type === 'module', 'package.json: "type" is not "module".');
  need(manifest.license === 'Apache-2.0', 'package.json: "license" is not "Apache-2.0".');
  need((manifest.description ?? '') !== '', 'package.json: there is no description.');
  need(manifest.engines?.node !== undefined, 'package.json: engines.node is not set.');
  for (const script of installScripts)
    need(manifest.scripts?.[script] === undefined, `package.json: there is an install script (${script}).`);
  for (const name of ['README.md', 'LICENSE']) need(files.has(name), `The tarball has no ${name}.`);
  for (const file of packed) need(!unwanted.test(file), `The tarball holds ${file}.`);
  for (const target of Object.values(manifest.bin ?? {}))
    need(files.has(inTarball(target)), `bin: ${target} is not in the tarball.`);
  problems.push(...exportProblems(manifest.exports ?? {}, files));
  return problems;
}

/**
 * What `files` names and the tarball does not hold: compiled kernels that this machine could not build. For releases; elsewhere
 * a package is good without them.
 */
export function unbuiltFiles({ manifest, packed }: PackageFacts): readonly string[] {
  const plain = (manifest.files ?? []).filter((entry) => !/[!*]/.test(entry));
  return plain
    .filter((entry) => !packed.some((file) => file === entry || file.startsWith(`${entry}/`)))
    .map((entry) => `files: ${entry} is not in the tarball: it was not built.`);
}

/** Built files whose source is gone: left over in dist from an older checkout. For releases, which are built from nothing. */
export function staleFiles({ packed }: Pick<PackageFacts, 'packed'>): readonly string[] {
  const files = new Set(packed);
  return packed
    .filter((file) => /^dist\/.*\.js$/.test(file))
    .filter((file) => !files.has(file.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts')))
    .map((file) => `${file} has no source: it was built from an older checkout.`);
}

/** Every entry has its source, types and JavaScript, made from one another, and all are in the tarball. */
function exportProblems(entries: NonNullable<Manifest['exports']>, files: ReadonlySet<string>): string[] {
  return Object.entries(entries).flatMap(([entry, target]) => {
    if (typeof target === 'string')
      return files.has(inTarball(target)) ? [] : [`exports["${entry}"]: ${target} is not in the tarball.`];
    const source = target['@bezoar/source'];
    if (source === undefined) return [`exports["${entry}"]: there is no @bezoar/source condition.`];
    const built = source.replace('./src/', './dist/').replace(/\.ts$/, '');
    const wanted = { '@bezoar/source': source, types: `${built}.d.ts`, default: `${built}.js` };
    return Object.entries(wanted).flatMap(([condition, path]) => {
      if (target[condition] !== path)
        return [`exports["${entry}"].${condition}: ${target[condition] ?? 'nothing'} instead of ${path}.`];
      return files.has(inTarball(path))
        ? []
        : [`exports["${entry}"].${condition}: ${path} is not in the tarball.`];
    });
  });
}

function inTarball(path: string): string {
  return path.replace(/^\.\//, '');
}
