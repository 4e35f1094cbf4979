import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserSafe } from '../lint/layers.ts';
import { readBudgets } from '../sizes/size-budgets.ts';
import { readCatalog, root } from '../workspace/read-packages.ts';
import { entryPoints } from './entry-points.ts';
import { fetchNode } from './fetch-node.ts';
import { packAll } from './pack-all.ts';
import { createPackedApp, type InstalledPackages, type PackedApp } from './packed-app.ts';
import { runTool } from './run-tool.ts';
import { startRegistry, type Registry } from './start-registry.ts';

/**
 * What a user gets: the packed packages, installed from a registry on loopback into an empty folder, type-checked and run
 * there, on the lowest Node that `engines` allows and on the workspace's own. BEZOAR_PACKED_NODES names others (versions, or
 * paths, with commas between), BEZOAR_PACKS a folder of tarballs that were packed before.
 */
const given = process.env['BEZOAR_PACKED_NODES']?.split(',');
/** Elsewhere npm does not have the binaries of all versions: there it is this Node alone. */
const hasOthers = `${process.platform}-${process.arch}` === 'linux-x64';
const nodes = given ?? [...(hasOthers ? ['22.13.0'] : []), process.versions.node];
const specifiers = entryPoints().map(({ specifier }) => specifier);
const published = [...new Set(entryPoints().map((entry) => entry.package.manifest.name))];
/** What programs need beside: types of Node, a compiler, and the peers of the optional entries. */
const others = ['@types/node', 'typescript', 'bullmq', 'ioredis'].map(
  (name) => `${name}@${readCatalog()[name]!}`,
);
/** Those that need no declarations of Node's. */
const browserEntries = [...browserSafe.map((name) => `@bezoar/${name}`), '@bezoar/backend-cpu/browser'];
const examples = ['own-pipeline', 'own-scheme', 'own-teacher', 'row-server', 'train-adapter'];
const kernels = `node_modules/@bezoar/backend-cpu-${process.platform}-${process.arch}/lib/kernels.so`;

/** Every example, which prove that what they use is there and works. */
const program = `
  import { folderSink } from '@bezoar/formats/node';
  import { startChatServer } from '@bezoar/llm/testing';
  import { demoReply, pipeline } from './out/own-pipeline.js';
  import { main as ownScheme } from './out/own-scheme.js';
  import { main as ownTeacher } from './out/own-teacher.js';
  import { main as trainAdapter } from './out/train-adapter.js';

  const server = await startChatServer({ reply: demoReply });
  const { calls } = await pipeline('./pipeline-' + process.pid, server.url);
  await server.close();
  const losses = await trainAdapter(process.argv[2], folderSink('./adapter'));
  console.log(JSON.stringify({
    calls,
    rows: (await ownScheme()).rows.length,
    kept: (await ownTeacher()).kept.length,
    learned: losses.at(-1) < losses[0] / 100,
  }));
`;
const generation = `
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
const outcome = { calls: 43, rows: 4, kept: 2, learned: true };

let folder: string;
let registry: Registry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bezoar-packed-'));
  const upstream = await runTool('npm', ['config', 'get', 'registry'], { cwd: folder });
  registry = await startRegistry({ tarballs: await tarballs(), upstream: upstream.stdout.trim() });
});

afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

async function tarballs(): Promise<string[]> {
  const ready = process.env['BEZOAR_PACKS'];
  if (ready !== undefined)
    return (await readdir(ready)).filter((name) => name.endsWith('.tgz')).map((name) => join(ready, name));
  await runTool('pnpm', ['exec', 'tsc', '--build', 'tsconfig.json'], { cwd: root });
  return packAll(join(folder, 'packs'));
}

const createApp = (name: string): Promise<PackedApp> =>
  createPackedApp({ folder: join(folder, name), registry: registry.url });

const importsOf = (names: readonly string[]): string =>
  names.map((name, index) => `export * as entry${index} from '${name}';\n`).join('');

describe('all packages', () => {
  let app: PackedApp;

  beforeAll(async () => {
    app = await createApp('all');
  });

  it('are installed without install scripts, and npm has nothing to complain of', async () => {
    expect(await app.install([...published, ...others])).toBe('');
  });

  describe('for TypeScript', () => {
    beforeAll(async () => {
      await mkdir(join(app.folder, 'src'));
      await app.write('src/entries.ts', importsOf(specifiers));
      for (const name of examples)
        await cp(join(root, 'examples', name, 'main.ts'), join(app.folder, 'src', `${name}.ts`));
      await mkdir(join(app.folder, 'web'));
      await app.write('web/entries.ts', importsOf(browserEntries));
    });

    it.each([
      ['nodenext', { module: 'nodenext', rootDir: 'src', outDir: 'out' }],
      ['bundler', { module: 'preserve', moduleResolution: 'bundler', rootDir: 'src', noEmit: true }],
      ['bundler, for a browser', { module: 'preserve', rootDir: 'web', noEmit: true, types: [] }],
    ])('are right under %s, with the declarations of their dependencies', async (_, how) => {
      const options = { target: 'es2022', strict: true, skipLibCheck: false, types: ['node'], ...how };
      await app.write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: [how.rootDir] }));
      const compiler = join(app.folder, 'node_modules/typescript/bin/tsc');
      const { stdout } = await app.run(process.execPath, [compiler, '--listFiles']);
      const wanted = how.rootDir === 'web' ? browserEntries : specifiers;
      const home = (specifier: string): string =>
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
      for (const name of wanted.map(home)) expect(stdout).toContain(`/node_modules/${name}/dist/`);
    });
  });

  describe.each(nodes)('on Node %s', (version) => {
    let node: string;

    beforeAll(async () => {
      node = await fetchNode(version);
    });

    it('are imported in silence', async () => {
      await app.write('import.js', "await import('./out/entries.js');\nconsole.log(process.version);\n");
      const { stdout, stderr } = await app.run(node, ['import.js']);
      expect(stdout).toBe((await app.run(node, ['--version'])).stdout);
      expect(stderr).toBe('');
    });

    it('bring the command line', async () => {
      const { stdout } = await app.run(join(app.folder, 'node_modules/.bin/bezoar'), ['--help'], { node });
      expect(stdout).toContain('bezoar run recipes/quickstart.yaml');
    });

    it('generate, filter and train', async () => {
      const tier = existsSync(join(app.folder, kernels)) ? 'native' : 'wasm';
      expect(await tierOf(app, node)).toBe(tier);
      await app.write('program.js', program);
      const { stdout } = await app.run(node, ['program.js', join(root, 'recipes/quickstart/model')]);
      expect(JSON.parse(stdout)).toEqual(outcome);
    });
  });

  describe('without optional packages', () => {
    beforeAll(async () => {
      await app.run('npm', ['prune', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund']);
    });

    it.each(nodes)('train in WebAssembly on Node %s', async (version) => {
      const node = await fetchNode(version);
      expect(await tierOf(app, node)).toBe('wasm');
      const { stdout } = await app.run(node, ['program.js', join(root, 'recipes/quickstart/model')]);
      expect(JSON.parse(stdout)).toEqual(outcome);
    });
  });
});

/** Says how much an installation is, and holds it against its budget where that was measured. */
function expectToFit(name: string, { packages, bytes }: Omit<InstalledPackages, 'names'>): void {
  const budget = readBudgets().installs[name]!;
  console.log(
    `npm install ${name}: ${packages} packages (of ${budget.packages}), ${(bytes / 1e6).toFixed(1)} MB (of ${budget.megabytes})`,
  );
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  expect.soft(packages).toBeLessThanOrEqual(budget.packages);
  expect.soft(bytes / 1e6).toBeLessThanOrEqual(budget.megabytes);
}

/** What the CPU backend runs on, as `bezoar doctor` says it. */
async function tierOf(app: PackedApp, node: string): Promise<string | undefined> {
  const { stdout } = await app.run(join(app.folder, 'node_modules/.bin/bezoar'), ['doctor'], { node });
  return /^compute +(\w+)/m.exec(stdout)?.[1];
}

describe('all packages, installed by pnpm', () => {
  it('find all that they import, though nothing is hoisted', async () => {
    const app = await createApp('strict');
    await app.write('pnpm-workspace.yaml', 'strictPeerDependencies: true\nhoist: false\n');
    await app.run('pnpm', ['add', '--ignore-scripts', '--prefer-offline', ...published, ...others]);
    await app.write('import.js', `${importsOf(specifiers)}console.log('all there');\n`);
    expect((await app.run(process.execPath, ['import.js'])).stdout).toBe('all there\n');
  });
});

describe('@bezoar/datagen', () => {
  let app: PackedApp;

  beforeAll(async () => {
    app = await createApp('datagen');
    await app.install(['@bezoar/datagen', '@bezoar/llm']);
  });

  it('brings core and llm, and nothing that computes', async () => {
    const { names, ...size } = await app.installed();
    const own = names.filter((name) => /^(@bezoar\/|bezoar$)/.test(name));
    expect(own).toEqual(['@bezoar/core', '@bezoar/datagen', '@bezoar/llm']);
    expect(names).toContain('zod');
    for (const heavy of ['koffi', 'gpu.js', '@huggingface/tokenizers']) expect(names).not.toContain(heavy);
    expectToFit('@bezoar/datagen', size);
  });

  it.each(nodes)('generates where nothing else is installed, on Node %s', async (version) => {
    await app.write('program.js', generation);
    const { stdout, stderr } = await app.run(await fetchNode(version), ['program.js']);
    expect(JSON.parse(stdout)).toEqual({ rows: 2, response: 'An answer.' });
    expect(stderr).toBe('');
  });
});

describe('a project of bezoar init', () => {
  let app: PackedApp;

  beforeAll(async () => {
    app = await createApp('init');
    await app.install(['bezoar']);
  });

  it('takes no more to begin with than was agreed', async () => {
    expectToFit('bezoar', await app.installed());
  });

  /** Made as `npx bezoar init` makes it, and installed as its README says. */
  async function start(
    manager: 'npm' | 'pnpm',
    name: string,
    args: readonly string[],
  ): Promise<PackedApp['run']> {
    await app.run(join(app.folder, 'node_modules/.bin/bezoar'), ['init', name, ...args]);
    const project = join(app.folder, name);
    await cp(join(app.folder, '.npmrc'), join(project, '.npmrc'));
    const run: PackedApp['run'] = (command, rest, options) =>
      runTool(command, rest, { cwd: project, ...options });
    await run(manager, ['install', '--ignore-scripts', '--prefer-offline']);
    return run;
  }

  // The lowest that its own `engines` allows: the first that runs TypeScript as it is.
  it.for(given ?? [hasOthers ? '22.18.0' : process.versions.node])(
    'of rows is checked and run on Node %s',
    async (version, { skip }) => {
      const node = await fetchNode(version);
      const { stdout: features } = await app.run(node, ['-p', 'process.features.typescript']);
      if (features !== 'strip\n') skip('this Node does not run TypeScript as it is');
      const run = await start('npm', 'rows', ['--goal', 'data']);
      await run('npm', ['run', 'check'], { node });
      expect((await run('npm', ['start'], { node })).stdout).toMatch(/^kept +\d+ +[1-9]/m);
      const { stdout } = await run('npm', ['run', '--silent', 'stream', '--', '3'], { node });
      expect(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ).toHaveLength(3);
    },
  );

  // Trained and asked is it on the sources, in packages/bezoar: here its package.json has to name all that its programs import.
  it('of a model is checked', async () => {
    const run = await start('pnpm', 'model', ['--base', join(root, 'recipes/quickstart/model')]);
    await run('pnpm', ['run', 'check']);
  });
});
