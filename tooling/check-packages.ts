/**
 * `pnpm check:packages`: packs every published package as it would be published and looks at the tarball with
 * publint (strict), attw (ESM only) and the checks of manifest-problems.ts. Two at a time; exits 1 on any problem.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { manifestProblems } from './workspace/manifest-problems.ts';
import { packPackage } from './workspace/pack-package.ts';
import { readPackages, type WorkspacePackage } from './workspace/read-packages.ts';

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

async function problemsOf(item: WorkspacePackage): Promise<string[]> {
  try {
    const { tarball, files } = await packPackage(item, '.cache/packs');
    return [
      ...manifestProblems({ manifest: item.manifest, packed: files }),
      ...(await complaints('publint', ['--strict', tarball])),
      ...(await complaints('attw', ['--profile', 'esm-only', '--format', 'ascii', '--no-color', tarball])),
    ];
  } catch (error) {
    return [`It cannot be packed: ${(error as Error).message}`];
  }
}

const queue = readPackages().filter(({ manifest }) => manifest.private !== true);
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
if (unfit > 0) {
  console.log(`${unfit} of the packages are not fit to publish.`);
  process.exitCode = 1;
}
