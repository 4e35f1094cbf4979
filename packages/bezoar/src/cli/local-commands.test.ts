import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { choiceRows, instructionRows, preferenceRows } from '../__fixtures__/sample-rows.ts';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  await writeTinyModel(at('model'));
  folder.jsonl('rows.jsonl', instructionRows);
  folder.jsonl('pairs.jsonl', preferenceRows);
  folder.jsonl('choices.jsonl', choiceRows);
});
afterAll(() => folder.remove());

async function succeed(...args: string[]): Promise<CliResult> {
  const result = await spawnCli(args, { cwd: folder.path });
  expect(result.stderr).not.toContain('bezoar:');
  expect(result.code).toBe(0);
  return result;
}

const quick = [
  '--batch-size',
  '4',
  '--gradient-accumulation',
  '1',
  '--learning-rate',
  '1e-2',
  '--warmup-ratio',
  '0',
];

it('sft → merge → dpo → eval → generate, each reading what the one before wrote', async () => {
  const sft = await succeed(
    'sft',
    '--model',
    'model',
    '--data',
    'rows.jsonl',
    '--out',
    'sft',
    '--epochs',
    '4',
    ...quick,
  );
  expect(sft.stdout).toMatch(/^sft +12 /m);
  expect(sft.stderr).toMatch(/sft: step 12\/12 · loss \d/);
  expect(readdirSync(at('sft'))).toEqual(
    expect.arrayContaining([
      'adapter_config.json',
      'adapter_model.safetensors',
      'events.jsonl',
      'report.html',
      'stage.json',
    ]),
  );

  await succeed(
    'sft',
    '--model',
    'model',
    '--adapter',
    'sft',
    '--data',
    'rows.jsonl',
    '--out',
    'sft-2',
    ...quick,
  );
  const losses = (run: string): number[] =>
    readFileSync(at(`${run}/events.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; loss: number })
      .filter(({ type }) => type === 'train-step')
      .map(({ loss }) => loss);
  // It goes on with the same adapter: where the first one ended, not where it began.
  expect(losses('sft-2')[0]).toBeLessThan(losses('sft')[0]! - 0.1);

  await succeed('merge', '--model', 'model', '--adapter', 'sft', '--out', 'merged', '--weights', 'f32');
  expect(existsSync(at('merged/tokenizer.json'))).toBe(true);

  const dpo = await succeed(
    'dpo',
    '--model',
    'merged',
    '--data',
    'pairs.jsonl',
    '--out',
    'dpo',
    '--epochs',
    '2',
    ...quick,
  );
  expect(dpo.stdout).toMatch(/^dpo +6 +0\.6931 /m);

  const evaluation = await succeed(
    'eval',
    '--model',
    'merged',
    '--adapter',
    'dpo',
    '--task',
    'arc_easy',
    '--data',
    'choices.jsonl',
    '--limit',
    '8',
    '--out',
    'scores',
  );
  expect(evaluation.stdout).toMatch(/^base +0\.\d{4} ± 0\.\d{4} /m);

  expect(readdirSync(at('scores/base')).map((name) => name.replace(/_\d.*\./, '.'))).toEqual([
    'model-index.yaml',
    'results.json',
    'samples_arc_easy.jsonl',
    'scores.md',
  ]);

  const options = ['--model', 'merged', '--instruction', 'What color is the owl?', '--max-new-tokens', '8'];
  const greedy = await succeed('generate', ...options);
  expect(greedy.stdout.length).toBeGreaterThan(1);
  expect((await succeed('generate', ...options)).stdout).toBe(greedy.stdout);
  const drawn = await succeed('generate', ...options, '--temperature', '1', '--seed', '3');
  expect(drawn.stdout).not.toBe(greedy.stdout);
});

it('a command that is run again does nothing twice, and with other settings runs anew', async () => {
  const command = ['sft', '--model', 'model', '--data', 'rows.jsonl', '--out', 'again', ...quick];
  await succeed(...command);
  expect((await succeed(...command)).stderr).toBe('✓ sft: done before, nothing changed\n');
  expect((await succeed(...command, '--seed', '5')).stderr).toContain('sft: step 1/3');
});
