import { memoryFolder, writeParquet } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import {
  startHubServer,
  type HubServer,
  type HubServerFault,
  type HubServerRequest,
} from '@bezoar/hub/testing';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli, startCli, type CliResult, type RunningCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder.path, ...names);
const token = 'hf_secret_of_a_test';

/** Notes what it is asked, so that the seeds can be found in the prompts. */
const teacher = `
import { appendFileSync } from 'node:fs';
import teach from ${JSON.stringify(fileURLToPath(new URL('../__fixtures__/pure-teacher.ts', import.meta.url)))};
export default (request) => {
  appendFileSync(process.env.PROMPTS, request.messages.at(-1).content + '\\n');
  return teach(request);
};
`;

/** In the columns of databricks-dolly-15k. */
const dolly = (subject: string): string =>
  Array.from({ length: 6 }, (_, n) =>
    JSON.stringify({
      instruction: `Who keeps ${subject} number ${n}?`,
      context: n % 2 === 0 ? '' : 'It stands in a book.',
      response: 'A gardener.',
      category: 'open_qa',
    }),
  ).join('\n');
const card = '---\nlicense: cc-by-sa-3.0\n---\n# Dolly';

let server: HubServer;
const storageFaults: HubServerFault[] = [];
beforeAll(async () => {
  await writeTinyModel(at('model'));
  const model = openFolder(at('model'));
  const files = (await model.list()).map((name) => [name, readFileSync(at('model', name))] as const);
  const flan = new Map<string, Uint8Array>();
  const rows = Array.from({ length: 12 }, (_, n) => ({
    inputs: `How much is ${n} plus ${n}?`,
    targets: String(2 * n),
  }));
  await writeParquet(memoryFolder(flan), 'flan', { rows, columns: { inputs: 'string', targets: 'string' } });
  server = await startHubServer({
    token,
    fault: ({ host }) => (host === 'storage' ? storageFaults.shift() : undefined),
    repos: [
      {
        type: 'dataset',
        name: 'org/dolly',
        files: { 'README.md': card, 'dolly-15k.jsonl': dolly('the geese') },
      },
      {
        type: 'dataset',
        name: 'org/flan',
        files: { 'data/train-00000-of-00001.parquet': flan.get('flan')! },
      },
      { type: 'dataset', name: 'org/gated', access: 'gated', files: { 'a.jsonl': dolly('the swans') } },
      { type: 'model', name: 'org/tiny', files: Object.fromEntries(files) },
    ],
  });
  folder.file('teacher.ts', teacher);
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

const environment = (): Record<string, string> => ({
  HF_ENDPOINT: server.url,
  HF_HOME: at('hf'),
  PROMPTS: at('prompts.txt'),
});
const cli = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  spawnCli(args, { cwd: folder.path, env: { ...environment(), ...env } });

const lamini = (seeds: string, out: string): string[] =>
  `datagen --scheme lamini --model script:teacher.ts --seeds ${seeds} --count 6 --out ${out}`.split(' ');

/** Several processes each, on a busy machine. */
const patient = { timeout: 60_000 };

describe('seeds on the Hub', patient, () => {
  it('are generated from, named in the card, and read from the cache offline', async () => {
    const first = await cli(lamini('hub:org/dolly/dolly-15k.jsonl', 'made'));
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('rows kept') as string });
    expect(readFileSync(at('prompts.txt'), 'utf8')).toMatch(/Who keeps the geese number \d\?/);
    const commit = server.head('dataset', 'org/dolly');
    const readme = readFileSync(at('made', 'README.md'), 'utf8');
    expect(readme).toContain('source_datasets:\n- org/dolly\n');
    expect(readme).toContain(
      `| [org/dolly @ main = ${commit}](${server.url}/datasets/org/dolly/tree/${commit}) | cc-by-sa-3.0 |`,
    );

    const asked = server.requests.length;
    const offline = { HF_HUB_OFFLINE: '1' };
    const [again, pinned] = await Promise.all([
      cli(lamini('hub:org/dolly/dolly-15k.jsonl', 'made'), offline),
      cli(lamini(`hub:org/dolly@${commit}`, 'pinned'), offline),
    ]);
    expect(again).toMatchObject({ code: 0, stderr: '✓ datagen: done before, nothing changed\n' });
    expect(pinned).toMatchObject({ code: 0, stderr: expect.stringContaining('rows kept') as string });
    expect(server.requests).toHaveLength(asked);
  });

  it('of a branch that has moved are other seeds; those of a commit stay', async () => {
    const old = server.head('dataset', 'org/dolly');
    const next = server.commit({
      type: 'dataset',
      name: 'org/dolly',
      files: {
        'README.md': card,
        'dolly-15k.jsonl': dolly('the bees'),
      },
    });
    const [moved, pinned] = await Promise.all([
      cli(lamini('hub:org/dolly/dolly-15k.jsonl', 'made')),
      cli(lamini(`hub:org/dolly@${old}`, 'pinned')),
    ]);
    expect(pinned.stderr).toBe('✓ datagen: done before, nothing changed\n');
    expect(moved.stderr).toContain('rows kept');
    expect(readFileSync(at('prompts.txt'), 'utf8')).toContain('Who keeps the bees');
    expect(readFileSync(at('made', 'README.md'), 'utf8')).toContain(`org/dolly @ main = ${next}`);
  });

  it('that are gated, missing or several say what to do, and never the token', async () => {
    const [gated, opened, wrong, missing, several] = await Promise.all([
      cli(lamini('hub:org/gated', 'none-1')),
      cli(lamini('hub:org/gated', 'opened'), { HF_TOKEN: token, HF_HOME: at('hf-opened') }),
      cli([...lamini('hub:org/flan', 'none-2'), '--debug'], { HF_TOKEN: 'hf_wrong_one' }),
      cli(lamini('hub:org/none', 'none-3')),
      cli(lamini('hub:org/dolly?split=dev', 'none-4')),
    ]);
    expect(gated).toMatchObject({
      code: 1,
      stderr: `bezoar: The data set org/gated is gated. Accept its conditions at ${server.url}/datasets/org/gated, and set HF_TOKEN to a token of that account.\n`,
    });
    expect(opened).toMatchObject({ code: 0 });
    expect(wrong.stderr).toContain('bezoar: The Hub does not accept the token.');
    expect(wrong.stderr).not.toContain('hf_wrong');
    expect(missing.stderr).toBe(
      'bezoar: The data set org/none is not on the Hub, or is private. Check the name; for a private one, set HF_TOKEN.\n',
    );
    expect(several.stderr).toBe(
      'bezoar: The data set org/dolly has no split dev. Add ?split=… to its name: it has train.\n',
    );
    expect(existsSync(at('none-1'))).toBe(false);
  });
});

it('Ctrl-C stops a download, which the next run goes on with', patient, async () => {
  const args = 'datagen --scheme orca --model script:teacher.ts --seeds hub:org/flan --out explained'.split(
    ' ',
  );
  const start = (): RunningCli =>
    startCli(args, { cwd: folder.path, env: { ...environment(), HF_HOME: at('hf-stopped') } });
  const stored = (): HubServerRequest[] => server.requests.filter(({ host }) => host === 'storage');
  const before = stored().length;
  storageFaults.push({ after: 100, then: 'silence' });
  const { process: child, ended } = start();
  const blobs = at('hf-stopped', 'hub', 'datasets--org--flan', 'blobs');
  const arrived = (): boolean =>
    existsSync(blobs) && readdirSync(blobs).some((name) => statSync(join(blobs, name)).size === 100);
  while (!arrived()) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGINT');
  expect(await ended).toMatchObject({
    code: 130,
    stderr:
      'bezoar: The run was stopped; everything that was done is saved. Run the same command again to go on from here.\n',
  });
  expect(await start().ended).toMatchObject({ code: 0 });
  expect(
    stored()
      .slice(before)
      .map(({ range }) => range),
  ).toEqual([undefined, 'bytes=100-']);
});

it('a recipe takes rows and base model from the Hub', patient, async () => {
  folder.file(
    'recipe.yaml',
    `name: hub
base: hub:org/tiny@main
backend: { kind: cpu, threads: 1 }
models: { teacher: "script:./teacher.ts" }
training: { batchSize: 2, gradientAccumulation: 1, evalFraction: 0, maxLength: 512, maxSteps: 2 }
stages:
  made: { kind: orca, model: teacher, rows: hub:org/flan }
  tuned: { kind: sft, from: base, rows: made }
  merged: { kind: merge, from: tuned }
`,
  );
  const { code, stderr } = await cli(['run', 'recipe.yaml']);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('✓ merged') as string });
  const adapter = JSON.parse(readFileSync(at('runs/hub/tuned/adapter_config.json'), 'utf8')) as object;
  expect(adapter).toMatchObject({ base_model_name_or_path: 'org/tiny' });
  expect(await openFolder(at('runs/hub/merged')).list()).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']),
  );
  const written = await cli(
    'generate --model hub:org/tiny --prompt What --max-new-tokens 3 --threads 1'.split(' '),
    {
      HF_HUB_OFFLINE: '1',
    },
  );
  expect(written).toMatchObject({ code: 0, stderr: '' });
  expect(written.stdout.trim()).not.toBe('');
});
