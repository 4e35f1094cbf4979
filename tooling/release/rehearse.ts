/**
 * `pnpm release:rehearse`: a whole release, into a registry on loopback. In a copy of the checkout the changesets become a version,
 * everything is packed and published as the workflow does it; what arrived is looked at, installed and tried. Nothing leaves
 * the machine, nothing changes in the checkout. Takes what was built; minutes.
 */
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readTarball } from '../packed/read-tarball.ts';
import { runTool } from '../packed/run-tool.ts';
import { startRegistry } from '../packed/start-registry.ts';
import { readPackages, root } from '../workspace/read-packages.ts';
import { releaseProblems, type PackedManifest } from './release-problems.ts';

const copy = await mkdtemp(join(tmpdir(), 'bezoar-release-'));
const run = async (command: string, args: readonly string[]): Promise<string> => {
  console.log(`$ ${[command, ...args].join(' ')}`);
  const { stdout } = await runTool(command, args, { cwd: copy, env });
  return stdout;
};
const env = {
  PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) => [
      [`GIT_${role}_NAME`, 'rehearsal'],
      [`GIT_${role}_EMAIL`, 'rehearsal@localhost'],
    ]),
  ),
};
const registry = await startRegistry({ upstream: 'http://127.0.0.1:9/' });
try {
  await copyCheckout();
  await run('changeset', ['version']);
  await run('changeset', ['pack', '--out-dir', '.cache/release']);
  const packed = join(copy, '.cache/release/packages');
  const tarballs = readdirSync(packed).map((name) => join(packed, name));
  const manifests = tarballs.map((file) => {
    const text = Buffer.from(readTarball(file).get('package.json')!).toString('utf8');
    return JSON.parse(text) as PackedManifest;
  });
  const problems = [...releaseProblems(manifests)];

  await run('changeset', ['publish', '--from-pack-dir', '.cache/release']);
  const wanted = manifests.map(({ name, version }) => `${name}@${version}`).sort();
  const arrived = [...registry.published()].sort();
  if (wanted.join() !== arrived.join()) problems.push(`Published were ${arrived.join(', ') || 'none'}.`);
  const tags = (await run('git', ['tag', '--list'])).trim().split('\n').sort();
  if (wanted.join() !== tags.join()) problems.push(`The tags are ${tags.join(', ')}.`);
  console.log(`Published and tagged: ${arrived.join(', ')}`);
  if (problems.length > 0) throw new Error(problems.join('\n'));

  const trial = await runTool('pnpm', ['run', 'test:packed'], { cwd: root, env: { BEZOAR_PACKS: packed } });
  console.log(trial.stdout);
} finally {
  await registry.close();
  await rm(copy, { recursive: true, force: true });
}

/** Every file that git knows, what was built, and the dependencies; with a history of its own, which changesets asks for. */
async function copyCheckout(): Promise<void> {
  const listed = await runTool('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
  });
  const built = readPackages().flatMap(({ folder }) =>
    ['dist', 'lib', 'node_modules'].map((name) => join(folder, name)),
  );
  for (const file of [...listed.stdout.split('\0').filter((name) => name !== ''), ...built]) {
    if (!existsSync(join(root, file))) continue;
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(root, file), join(copy, file), { recursive: true, verbatimSymlinks: true });
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  // Anybody's word is enough for the registry, but pnpm wants to give one.
  const { host } = new URL(registry.url);
  await writeFile(join(copy, '.npmrc'), `registry=${registry.url}\n//${host}/:_authToken=rehearsal\n`);
  await run('git', ['init', '--quiet', '--initial-branch', 'main']);
  await run('git', ['add', '--all']);
  await run('git', ['commit', '--quiet', '--message', 'Rehearsal']);
}
