import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instructionRows } from '../__fixtures__/sample-rows.ts';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const settings = '--batch-size 4 --gradient-accumulation 1 --learning-rate 1e-2 --warmup-ratio 0 --epochs 3';
const command = (model: string, out: string): string[] =>
  `sft --model ${model} --data rows.jsonl --out ${out} ${settings}`.split(' ');

beforeAll(async () => {
  await writeTinyModel(join(folder.path, 'model'));
  folder.jsonl('rows.jsonl', instructionRows);
});
afterAll(() => folder.remove());

function losses(run: string): number[] {
  return readFileSync(join(folder.path, run, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; loss: number })
    .filter(({ type }) => type === 'train-step')
    .map(({ loss }) => loss);
}

it('trains every weight into a model folder that the next command reads', async () => {
  const first = [...command('model', 'full'), '--method', 'full', '--weights', 'f32', '--dtype', 'bfloat16'];
  const { stderr, code } = await spawnCli(first, { cwd: folder.path });
  expect(stderr).toMatch(/sft: memory: 0\.\d+ GB at the most \(.*optimizer states 0\.\d+ MB/);
  expect(code).toBe(0);
  for (const name of ['config.json', 'model.safetensors', 'tokenizer.json'])
    expect(existsSync(join(folder.path, 'full', name)), name).toBe(true);
  expect(existsSync(join(folder.path, 'full', 'adapter_config.json'))).toBe(false);
  expect(existsSync(join(folder.path, 'full', 'checkpoint'))).toBe(false);

  const next = await spawnCli([...command('full', 'next'), '--max-steps', '1'], { cwd: folder.path });
  expect(next.code).toBe(0);
  expect(losses('next')[0]).toBeLessThan(losses('full')[0]! - 0.2);
}, 60_000);

it.each([
  ['an NF4 base', ['--method', 'full'], /f32 weights; these are nf4-dq.*--weights f32/s],
  [
    'adapter settings for every weight',
    ['--method', 'full', '--lora-r', '8'],
    /--lora-r is for a fresh adapter/,
  ],
  [
    "settings beside an adapter's own",
    ['--adapter', 'adapter', '--target-modules', 'q_proj'],
    /--target-modules is for a fresh adapter: .*own settings.*merge that adapter/s,
  ],
])(
  'refuses %s with advice',
  async (_, flags, message) => {
    const { stderr, code } = await spawnCli([...command('model', 'refused'), ...flags], { cwd: folder.path });
    expect(stderr).toMatch(message);
    expect(code).toBeGreaterThan(0);
    expect(existsSync(join(folder.path, 'refused'))).toBe(false);
  },
  30_000,
);
