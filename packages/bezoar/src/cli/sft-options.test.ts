import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instructionRows, preferenceRows } from '../__fixtures__/sample-rows.ts';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();

beforeAll(async () => {
  await writeTinyModel(join(folder.path, 'model'));
  folder.jsonl('rows.jsonl', instructionRows);
  folder.jsonl('pairs.jsonl', preferenceRows);
});
afterAll(() => folder.remove());

interface Step {
  readonly type: string;
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

const eventsOf = (run: string): Step[] =>
  readFileSync(join(folder.path, run, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Step);

it('packs, stops early and keeps the best weights, as flags say', async () => {
  const { code, stderr } = await spawnCli(
    ['sft', '--model', 'model', '--data', 'rows.jsonl', '--out', 'sft', '--backend', 'reference']
      .concat(['--packing', '--pack-length', '512', '--batch-size', '1', '--gradient-accumulation', '1'])
      .concat(['--epochs', '40', '--learning-rate', '0.3', '--warmup-steps', '0'])
      .concat(['--eval-fraction', '0.3', '--eval-every', '1', '--early-stopping-patience', '2'])
      .concat(['--load-best-model-at-end']),
    { cwd: folder.path },
  );
  expect(stderr).not.toContain('bezoar:');
  expect(code).toBe(0);
  expect(stderr).toMatch(/sft: \d+ examples in \d+ packs of 512 tokens, \d+ % full\n/);
  expect(stderr).toMatch(
    /sft: step 1\/\d+ · loss [\d.]+ · lr \S+ · [\d.\s]+ tokens\/s · packs [\d.]+ % full/,
  );
  const [, end, total] = /training ends at step (\d+) of (\d+)\n/.exec(stderr) ?? [];
  expect(Number(end)).toBeLessThan(Number(total));
  const events = eventsOf('sft');
  const steps = events.filter(({ type }) => type === 'train-step');
  expect(steps).toHaveLength(Number(end));
  const evaluations = events.filter(({ type, step }) => type === 'evaluation' && step > 0);
  const least = Math.min(...evaluations.map(({ metrics }) => metrics['eval_loss']!));
  expect(evaluations.at(-1)!.metrics['eval_loss']).toBe(least);
  expect(stderr).toContain(`the parameters of step ${evaluations.at(-1)!.step} are kept`);
});

it('trains on gpu.js, and says what is wrong with a mode', async () => {
  const flags = (mode: string): string[] => ['--backend', 'gpujs', '--gpujs-mode', mode, '--weights', 'f32'];
  const sft = ['sft', '--model', 'model', '--data', 'rows.jsonl', '--max-steps', '1', '--batch-size', '2'];
  const good = await spawnCli([...sft, '--gradient-accumulation', '1', '--out', 'gpujs', ...flags('cpu')], {
    cwd: folder.path,
  });
  expect(good.stderr).not.toContain('bezoar:');
  expect(good.code).toBe(0);
  const wrong = await spawnCli([...sft, '--out', 'wrong', ...flags('cuda')], { cwd: folder.path });
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain('backend.mode');
});

it('settings that only SFT has may stand in `training` beside a DPO stage', async () => {
  folder.file(
    'both.yaml',
    `name: both
base: ./model
weights: f32
backend: { kind: reference }
training: { packing: true, packLength: 512, neftuneNoiseAlpha: 5, optimizer: adamw-8bit, maxSteps: 1, evalFraction: 0 }
stages:
  tuned: { kind: sft, from: base, rows: ./rows.jsonl }
  preferred: { kind: dpo, from: base, preferences: ./pairs.jsonl }
`,
  );
  const { code, stderr } = await spawnCli(['run', 'both.yaml'], { cwd: folder.path });
  expect(stderr).toContain('✓ preferred');
  expect(code).toBe(0);
});
