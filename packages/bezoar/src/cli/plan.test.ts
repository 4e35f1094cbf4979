import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Forecast } from '../forecast/forecast.ts';
import { instructionRows } from '../__fixtures__/sample-rows.ts';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const teacher = fileURLToPath(new URL('../__fixtures__/pure-teacher.ts', import.meta.url));
const flan = Array.from({ length: 200 }, (_, n) => ({ inputs: `What is ${n}?`, targets: `${n}` }));
const at = (name: string): string => join(folder.path, name);

/** config.json alone: there is nothing else to load. */
const llama3b = {
  model_type: 'llama',
  vocab_size: 32000,
  hidden_size: 3200,
  intermediate_size: 8640,
  num_hidden_layers: 26,
  num_attention_heads: 32,
  max_position_embeddings: 2048,
  torch_dtype: 'float16',
};
/** The same with fewer layers, so that plans take no time. */
const small = { ...llama3b, num_hidden_layers: 1, vocab_size: 1000 };

beforeAll(async () => {
  for (const [name, config] of Object.entries({ llama3b, small })) {
    mkdirSync(at(name));
    writeFileSync(join(at(name), 'config.json'), JSON.stringify(config));
  }
  await writeTinyModel(at('tiny'));
  folder.jsonl('rows.jsonl', instructionRows);
});
afterAll(() => folder.remove());

const plan = (...args: string[]): Promise<CliResult> => spawnCli(['plan', ...args], { cwd: folder.path });

describe('bezoar plan', () => {
  it('says what a 3B model takes on a GPU that is not here, by kind', async () => {
    const { stdout, stderr, code } = await plan(
      ...'--model llama3b --backend cuda --memory 24GB --batch-size 1 --max-length 2048'.split(' '),
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^base weights +2\.48 GB$/m);
    expect(stdout).toMatch(/^optimizer states +0\.06 GB$/m);
    expect(stdout).toMatch(/^activations +\d+\.\d\d GB$/m);
    expect(stdout).toMatch(/^chunk of logits +0\.\d\d GB$/m);
    expect(stdout).toMatch(/^it fits \(23\.50 GB free: 24 GB\)$/m);
  });

  it('advises a setting that is enough, and its advice is true', async () => {
    const flags = '--model small --memory 2.4GB --max-length 2048'.split(' ');
    const first = await plan(...flags, '--batch-size', '4');
    expect(first.code).toBe(1);
    expect(first.stdout).toContain(
      'it does not fit; it would: set batchSize 2 with gradientAccumulation 8 (2.40 GB free',
    );
    expect((await plan(...flags, '--batch-size', '2')).stdout).toMatch(/^it fits/m);
    const none = await plan('--model', 'small', '--memory', '10MB');
    expect(none.stdout).toContain('it does not fit, whatever is set');
  });

  it('plans the memory of all trainings of a recipe, and shows what takes the most of it, or too much', async () => {
    writeFileSync(
      at('recipe.yaml'),
      [
        'name: planned',
        'base: small',
        'training: { maxLength: 128, batchSize: 2 }',
        'stages:',
        '  first: { kind: sft, from: base, rows: rows.jsonl }',
        '  second: { kind: dpo, from: first, preferences: none.jsonl, reference: base }',
      ].join('\n'),
    );
    const { stdout, stderr, code } = await plan('recipe.yaml', '--memory', '8GiB');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^first +sft .* \d\.\d\d GB$[^]*^second +dpo .* \d\.\d\d GB$/m);
    expect(stdout).toMatch(/^first +memory$[^]*^it fits/m);
    expect(stdout).not.toMatch(/^second +memory$/m);
    expect(stdout).toContain('There is no file none.jsonl.');
    const less = await plan('recipe.yaml', '--memory', '10MB');
    expect(less.code).toBe(1);
    expect(less.stdout).toMatch(/^first +memory$[^]*^second +memory$[^]*^reference model/m);
    expect(less.stderr).toContain('Not everything fits into the memory.');
  });

  it('goes on from what a run that its budget stopped has paid for, and says what is missing', async () => {
    folder.jsonl('seeds.jsonl', flan);
    const recipe = (budget: number): string =>
      folder.file(
        'paid.yaml',
        [
          'name: paid',
          `budget: ${budget}`,
          `models: { teacher: { model: "script:${teacher}", price: { input: 0, output: 1000 } } }`,
          'stages:',
          '  made: { kind: orca, model: teacher, rows: ./seeds.jsonl, maxTokens: 100, concurrency: 1 }',
        ].join('\n'),
      );
    const stopped = await spawnCli(['run', recipe(1.2), '--run-dir', 'paid'], { cwd: folder.path });
    expect(stopped.code, stopped.stderr).toBe(1);
    const json = await plan(recipe(1.2), '--run-dir', 'paid', '--json');
    const { stages, money } = JSON.parse(json.stdout) as Forecast;
    const made = stages[0]!;
    const spent = money.spent;
    expect(made.state).toBe('begun');
    expect(spent).toBeGreaterThan(0.5);
    // As many calls are left as were not answered, at what those cost so far.
    const answered = flan.length - made.calls!.value;
    expect(answered).toBeGreaterThan(10);
    expect(made.dollars!.value).toBeCloseTo((made.calls!.value * spent) / answered, 6);
    expect(money.suffices).toMatchObject({ expected: false });
    expect(json.code).toBe(1);
    expect(json.stderr).toContain('The budget will not do.');
    const { code, stdout } = await plan(recipe(20), '--run-dir', 'paid');
    expect(code).toBe(0);
    expect(stdout).toMatch(/budget: \$20, of which \$\d\.\d\d are spent; it will do/);
  });

  it.each([
    [[], /needs a recipe, or --model/],
    [['--model', 'small', '--memory', 'much'], /--memory is "much"; a size is needed/],
    [['--model', 'nowhere'], /nowhere/],
    [['recipe.yaml', '--keep', '1.5'], /--keep is 1.5; it is a share/],
    [['recipe.yaml', '--response-tokens', '0'], /--response-tokens is 0; it must be positive/],
  ])('refuses %j', async (args, message) => {
    const { stderr, code } = await plan(...args);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
  });
});

const fake = fileURLToPath(new URL('../../../backend-cuda/lib/fake/libcuda.so', import.meta.url));

describe.skipIf(!existsSync(fake))(
  'a training on a GPU with too little memory (it needs the fake driver)',
  () => {
    const train = (out: string, ...flags: string[]): Promise<CliResult> => {
      mkdirSync(at('driver'), { recursive: true });
      if (!existsSync(at('driver/libcuda.so.1'))) symlinkSync(fake, at('driver/libcuda.so.1'));
      return spawnCli(
        ['sft', '--model', 'tiny', '--data', 'rows.jsonl', '--out', out, '--backend', 'cuda', ...flags],
        {
          cwd: folder.path,
          env: { LD_LIBRARY_PATH: at('driver'), FAKE_CUDA_MEMORY: '1000000' },
        },
      );
    };

    it('is refused before anything is loaded', async () => {
      const { stderr, code } = await train('refused');
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /sft: memory: 0\.\d\d GB at the most \(.*\); fake device has 1\.00 MB free.*--ignore-memory/,
      );
    });

    it('is tried nevertheless when that is wanted', async () => {
      const { stderr } = await train('tried', '--ignore-memory');
      expect(stderr).toMatch(/sft: memory: .*fake device has 1\.00 MB free/);
      expect(stderr).not.toContain('--ignore-memory, or');
    });
  },
);
