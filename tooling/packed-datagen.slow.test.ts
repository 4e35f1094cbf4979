import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packPackage } from './workspace/pack-package.ts';
import { readPackages, root } from './workspace/read-packages.ts';

/**
 * Whoever only generates data pays for no compute: the packed packages are installed by npm in a fresh folder, as a
 * user does it, and the program there runs on what arrived.
 */
const run = promisify(execFile);
const installed = ['@bezoar/core', '@bezoar/datagen', '@bezoar/llm'];
let folder: string;

const program = `
  import { laMini } from '@bezoar/datagen';
  import { createScriptedModel } from '@bezoar/llm';

  const isRequestForMore = ({ messages }) => messages.at(-1).content.includes('<example>');
  const instructions = '<example>List every river that crosses Bavaria.</example><example>Why do owls fly silently?</example>';
  const model = createScriptedModel({ name: 'teacher', reply: (request) => isRequestForMore(request) ? instructions : 'An answer.' });
  const seeds = ['Name a fruit.', 'Add two and two.', 'Sum up the text.'].map((instruction) => ({ instruction, context: '' }));
  const rows = [];
  for await (const row of laMini({ model, seeds, count: 2, topicShare: 0, instructionsPerPrompt: 2 })) rows.push(row);
  console.log(JSON.stringify({ rows: rows.length, response: rows[0].response }));
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bezoar-packed-'));
  await run('pnpm', ['exec', 'tsc', '--build', 'packages/datagen'], { cwd: root });

  const wanted = readPackages().filter(({ manifest }) => installed.includes(manifest.name));
  const packed = await Promise.all(
    wanted.map(
      async (item) => [item.manifest.name, `file:${(await packPackage(item, folder)).tarball}`] as const,
    ),
  );
  const manifest = { name: 'user', private: true, type: 'module', dependencies: Object.fromEntries(packed) };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], {
    cwd: folder,
  });
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Names of all installed packages, nested ones too. */
async function installedPackages(): Promise<string[]> {
  const files = await readdir(join(folder, 'node_modules'), { recursive: true });
  const names = files.map(
    (file) => /^(?:.*node_modules\/)?((?:@[^/]+\/)?[^/@]+)\/package\.json$/.exec(file)?.[1],
  );
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

describe('the packed @bezoar/datagen', () => {
  it('brings core and llm, and no compute package', async () => {
    const names = await installedPackages();
    expect(names.filter((name) => name.startsWith('@bezoar/'))).toEqual(installed);
    expect(names).toContain('zod');
    expect(names).not.toContain('bezoar');
    for (const heavy of ['koffi', 'gpu.js', 'webgpu', '@huggingface/tokenizers'])
      expect(names).not.toContain(heavy);
  });

  it('is small: its own code, declarations included, stays under 300 kB', async () => {
    const own = join(folder, 'node_modules/@bezoar/datagen/dist');
    const files = (await readdir(own, { recursive: true })).filter((name) => /\.(js|d\.ts)$/.test(name));
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(own, name))).size));
    expect(sizes.length).toBeGreaterThan(40);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000);
  });

  it('generates where nothing else is installed', async () => {
    await writeFile(join(folder, 'program.js'), program);
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({ rows: 2, response: 'An answer.' });
  });
});
