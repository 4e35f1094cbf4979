import { startHubServer, type HubServer, type HubServerState } from '@bezoar/hub/testing';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hubInputs } from '../__fixtures__/hub-inputs.ts';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder.path, ...names);
const token = 'hf_secret_of_a_test';

let server: HubServer;
let loseCommit = false;
beforeAll(async () => {
  server = await startHubServer({
    token,
    repos: await hubInputs(at('model'), 'cc-by-4.0'),
    fault({ path }) {
      if (!loseCommit || !path.includes('/commit/')) return undefined;
      loseCommit = false;
      return { after: 1, then: 'hang-up' };
    },
  });
  const teacher = fileURLToPath(new URL('../__fixtures__/pure-teacher.ts', import.meta.url));
  folder.file('sums.jsonl', `${JSON.stringify({ question: 'How much is 1 plus 1?', answer: '2' })}\n`);
  folder.file(
    'recipe.yaml',
    `name: x
base: hub:org/tiny
weights: f32
backend: { kind: cpu, threads: 1 }
models: { teacher: ${JSON.stringify(`script:${teacher}`)} }
training: { batchSize: 2, gradientAccumulation: 1, evalFraction: 0, maxLength: 512, maxSteps: 2 }
stages:
  made: { kind: orca, model: teacher, rows: hub:org/flan }
  tuned: { kind: sft, from: base, rows: made }
  merged: { kind: merge, from: tuned }
`,
  );
  const { code, stderr } = await cli(['run', 'recipe.yaml']);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  // As bezoar eval writes it.
  mkdirSync(at('runs/x/scores/tuned'), { recursive: true });
  writeFileSync(
    at('runs/x/scores/tuned/model-index.yaml'),
    `# bos never
model-index:
  - name: tuned
    results:
      - task: { type: text-generation, name: Text Generation }
        dataset: { name: rte, type: super_glue, args: { num_few_shot: 2, version: 1 } }
        metrics: [{ type: acc, value: 0.625, name: acc, args: { stderr: 0.0125 } }]
`,
  );
}, 120_000);
afterAll(async () => {
  await server.close();
  folder.remove();
});

function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const own = { HF_ENDPOINT: server.url, HF_HOME: at('hf'), HF_TOKEN: token };
  return spawnCli(args, { cwd: folder.path, env: { ...own, ...env } });
}
const publish = (line: string, env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  cli(['publish', ...line.split(' ')], env);
const look = (name: string, type: 'model' | 'dataset' = 'model'): HubServerState | undefined =>
  server.look(type, name);
const header = (card: string): unknown => parse(card.split('---\n')[1]!);

/** Several processes each, on a busy machine. */
const patient = { timeout: 90_000 };

describe('bezoar publish', patient, () => {
  it('publishes an adapter with a card of its run, once', async () => {
    const line = '--from runs/x/tuned --to org/tuned --license apache-2.0 --tag v1.0';
    const dry = await publish(`${line} --dry-run`);
    expect(dry.code).toBe(0);
    expect(look('org/tuned')).toBeUndefined();

    loseCommit = true;
    const first = await publish(line);
    const { history, tags, branches } = look('org/tuned')!;
    expect(first).toMatchObject({
      code: 0,
      stdout: `Published: 3 new, 0 changed, 0 unchanged. Tagged v1.0. ${server.url}/org/tuned/tree/${branches['main']!}\n`,
    });
    expect(history).toEqual(['initial commit', 'Publish v1.0']);
    expect(tags).toEqual({ 'v1.0': branches['main'] });
    const published = look('org/tuned')!.files();
    expect(Object.keys(published).sort()).toEqual([
      '.gitattributes',
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
    const card = String(published['README.md']);
    expect(dry.stdout.startsWith(card)).toBe(true);
    expect(dry.stdout).toMatch(/^new +\d+ +[0-9a-f]{12} +adapter_model\.safetensors$/m);
    expect(dry.stdout).toContain('One commit would be made, and the model itself.');

    const again = await publish(line);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('no commit was made') as string });
    expect(look('org/tuned')!.history).toHaveLength(2);
  });

  it('says in the card how the model was made', async () => {
    const { stdout } = await publish('--from runs/x/tuned --to org/card --license apache-2.0 --dry-run');
    expect(header(stdout)).toEqual({
      license: 'apache-2.0',
      library_name: 'peft',
      pipeline_tag: 'text-generation',
      tags: ['bezoar', 'sft', 'lora'],
      base_model: 'org/tiny',
      base_model_relation: 'adapter',
      datasets: ['org/flan'],
      'model-index': [
        {
          name: 'org/card',
          results: [
            {
              task: { type: 'text-generation', name: 'Text Generation' },
              dataset: { name: 'rte', type: 'super_glue', args: { num_few_shot: 2, version: 1 } },
              metrics: [{ type: 'acc', value: 0.625, name: 'acc', args: { stderr: 0.0125 } }],
            },
          ],
        },
      ],
    });
    expect(stdout).toMatch(/^\| made \| orca \| hub:org\/flan \| `[0-9a-f]{16}` \|$/m);
    expect(stdout).toMatch(/^\| tuned \| sft \| made, base \| `[0-9a-f]{16}` \|$/m);
    expect(stdout).toMatch(/^\| {2}\| tuned \|$/m);
    expect(stdout).toMatch(/^\| steps \| 2 \|$/m);
    expect(stdout).toMatch(/^\| made \| entered \| 12 \|$/m);
    expect(stdout).toMatch(/^\| made \| \d+ \| \d+ \| \d+ \| 0\.00 \|$/m);
    expect(stdout).toContain('| task | shots | metric | tuned |');
    expect(stdout).toContain('| rte | 2 | acc | 0.6250 ± 0.0125 |');
    expect(stdout).toContain('maxSteps: 2');
    expect(stdout).toContain('    teacher: script:pure-teacher.ts\n');
    expect(stdout).toContain('see the card of org/tiny');
    expect(stdout).not.toContain(folder.path);
    expect(stdout).not.toContain('hf_');
  });

  it('knows the rows of a training that a command of its own made', async () => {
    const sft =
      'sft --model hub:org/tiny --data runs/x/made/rows.jsonl --weights f32 --threads 1 --max-steps 1 --out runs/flat';
    expect(await cli(sft.split(' '))).toMatchObject({ code: 0 });
    const { stdout } = await publish('--from runs/flat --to org/flat --license mit --dry-run');
    expect(header(stdout)).toMatchObject({ base_model: 'org/tiny', datasets: ['org/flan'] });
    expect(stdout).toMatch(/^\| made \| orca \|.*\n\| sft \| sft \| rows\.jsonl, base \|/m);
    expect(stdout).toMatch(/^\| steps \| 1 \|$/m);
    expect(stdout).not.toContain(folder.path);
    expect(stdout).not.toMatch(/ (report\.html|events\.jsonl|stage\.json)$/m);
  });

  it('publishes a merged model as a model of its own, with evaluations that are named', async () => {
    const { code } = await publish(
      '--from runs/x/merged --to org/merged --license mit --evals runs/x/scores/tuned --private',
    );
    expect(code).toBe(0);
    expect(look('org/merged')!.access).toBe('private');
    const files = look('org/merged')!.files();
    expect(Object.keys(files)).not.toContain('stage.json');
    expect(header(String(files['README.md']))).toMatchObject({
      library_name: 'transformers',
      tags: ['bezoar', 'sft'],
      base_model: 'org/tiny',
      base_model_relation: 'finetune',
      'model-index': [{ name: 'org/merged' }],
    });
  });

  it('publishes rows as a data set with the card of their stage, under a licence that must be said', async () => {
    const refused = await publish('--from runs/x/made --to org/rows');
    expect(refused).toMatchObject({
      code: 1,
      stderr:
        'bezoar: Nothing is published without a licence. Say under which one others may use it: --license apache-2.0, cc-by-4.0, other, ….\n',
    });
    expect(look('org/rows', 'dataset')).toBeUndefined();
    const { code } = await publish('--from runs/x/made --to org/rows --license cc-by-4.0');
    expect(code).toBe(0);
    const files = look('org/rows', 'dataset')!.files();
    const card = String(files['README.md']);
    expect(card).toBe(
      readFileSync(at('runs/x/made/README.md'), 'utf8').replace('license: unknown', 'license: cc-by-4.0'),
    );
    expect(files['rows.jsonl']).toEqual(readFileSync(at('runs/x/made/rows.jsonl')));
    expect(readFileSync(at('runs/x/made/README.md'), 'utf8')).toContain('license: unknown');
  });

  it('an adapter of a local base names one that others can load', async () => {
    const config = JSON.stringify({ peft_type: 'LORA', base_model_name_or_path: at('model') });
    mkdirSync(at('local'));
    writeFileSync(at('local/adapter_config.json'), config);
    const refused = await publish('--from local --to org/local --license mit');
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'Name the model that others can load: --base-model org/name.',
      ) as string,
    });
    expect((await publish('--from local --to org/local --license mit --base-model org/tiny')).code).toBe(0);
    const files = look('org/local')!.files();
    expect(JSON.parse(String(files['adapter_config.json']))).toMatchObject({
      base_model_name_or_path: 'org/tiny',
    });
    expect(String(files['README.md'])).toContain('It has not been evaluated.');
    expect(readFileSync(at('local/adapter_config.json'), 'utf8')).toBe(config);
  });

  it.each([
    ['--from runs/x --to org/run --license mit', 'holds neither a model nor rows.'],
    ['--from runs/x/tuned --to org/no --license unknown', 'names no licence'],
    ['--from runs/x/tuned --to no --license mit', '"no" is no name to publish under.'],
    ['--from runs/x/tuned --to org/no --license mit --type space', '--type is "space".'],
    ['--from runs/x/tuned --to org/no --license mit --evals runs/x', 'has no model-index.yaml.'],
  ])('%s is refused', async (line, message) => {
    const { code, stderr } = await publish(line);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(message) as string });
    expect(look('org/no')).toBeUndefined();
  });

  it('without a token, or with a wrong one, says so and never the token', async () => {
    const line = '--from runs/x/tuned --to org/none --license mit';
    const none = await publish(line, { HF_TOKEN: '' });
    expect(none.stderr).toContain('bezoar: Publishing org/none needs a token of the Hub.');
    const wrong = await publish(`${line} --debug`, { HF_TOKEN: 'hf_wrong_one' });
    expect(wrong.stderr).toContain('The Hub does not accept the token.');
    expect(wrong.stderr + none.stderr).not.toMatch(/hf_/);
  });
});
