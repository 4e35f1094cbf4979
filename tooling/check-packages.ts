/**
 * `pnpm check:packages`: packs every published package as it would be published and looks at the tarball with
 * publint (strict), attw (ESM only) and the checks of manifest-problems.ts, and at all of them as one release. Two at a time;
 * exits 1 on any problem. A package of compiled kernels that this machine cannot build is left out, but not with --release:
 * then all that `files` names must be there, and libraries must run where the packages say that they do.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readTarball } from './packed/read-tarball.ts';
import { libraryProblems } from './release/library-problems.ts';
import { releaseProblems, type PackedManifest } from './release/release-problems.ts';
import {
  manifestProblems,
  staleFiles,
  unbuiltFiles,
  type PackageFacts,
} from './workspace/manifest-problems.ts';
import { packPackage } from './workspace/pack-package.ts';
import { isBinaryPackage, readPackages, root, type WorkspacePackage } from './workspace/read-packages.ts';

const run = promisify(execFile);

/** The output of a tool that found something; nothing when it did not. */
async function complaints(tool: string, args: readonly string[]): Promise<string[]> {
  try {
    await run(tool, args);
    return [];
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = error as Error & { readonly stdout?: string; readonly stderr?: string };
    return [`${tool}: ${`${stdout}${stderr}`.trim() || message}`];
  }
}

function typeProblems(tarball: string): Promise<string[]> {
  return complaints('attw', ['--profile', 'esm-only', '--format', 'ascii', '--no-color', tarball]);
}

/** What is no problem of a checkout that somebody works in. */
function releaseOnly(facts: PackageFacts, contents: ReadonlyMap<string, Uint8Array>): string[] {
  return [...unbuiltFiles(facts), ...staleFiles(facts), ...libraryProblems(contents)];
}

async function problemsOf(item: WorkspacePackage): Promise<string[]> {
  try {
    const { tarball, files } = await packPackage(item, '.cache/packs');
    const contents = readTarball(tarball);
    manifests.push(JSON.parse(Buffer.from(contents.get('package.json')!).toString('utf8')) as PackedManifest);
    return [
      ...manifestProblems({ manifest: item.manifest, packed: files }),
      ...(release ? releaseOnly({ manifest: item.manifest, packed: files }, contents) : []),
      ...(await complaints('publint', ['--strict', tarball])),
      ...(isBinaryPackage(item) ? [] : await typeProblems(tarball)),
    ];
  } catch (error) {
    return [`It cannot be packed: ${(error as Error).message}`];
  }
}

const release = process.argv.includes('--release');
const isBuilt = (item: WorkspacePackage): boolean =>
  release || !isBinaryPackage(item) || existsSync(join(root, item.folder, 'lib'));
const published = readPackages().filter(({ manifest }) => manifest.private !== true);
const queue = published.filter(isBuilt);
for (const { manifest } of published.filter((item) => !isBuilt(item)))
  console.log(`left out, not built here: ${manifest.name}`);
const manifests: PackedManifest[] = [];
let unfit = 0;

async function work(): Promise<void> {
  for (let item = queue.shift(); item; item = queue.shift()) {
    const problems = await problemsOf(item);
    console.log(
      `${problems.length === 0 ? 'ok    ' : 'unfit '} ${item.manifest.name}${problems.map((problem) => `\n       - ${problem}`).join('')}`,
    );
    if (problems.length > 0) unfit += 1;
  }
}

await Promise.all([work(), work()]);
const disagreements = releaseProblems(manifests);
for (const problem of disagreements) console.log(`unfit  ${problem}`);
if (unfit + disagreements.length > 0) {
  console.log('The packages are not fit to publish.');
  process.exitCode = 1;
}
