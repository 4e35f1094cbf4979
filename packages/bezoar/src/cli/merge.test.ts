import { openSafetensors } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instructionRows } from '../__fixtures__/sample-rows.ts';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();

async function succeed(...args: string[]): Promise<CliResult> {
  const result = await spawnCli(args, { cwd: folder.path });
  expect(result.stderr).not.toContain('bezoar:');
  expect(result.code).toBe(0);
  return result;
}

beforeAll(async () => {
  await writeTinyModel(join(folder.path, 'model'));
  folder.jsonl('rows.jsonl', instructionRows);
  const quick = '--batch-size 4 --gradient-accumulation 1 --learning-rate 2e-2 --warmup-ratio 0 --epochs 4';
  const out = 'sft --model model --data rows.jsonl --out adapter --dora --lora-dropout 0';
  await succeed(...out.split(' '), ...quick.split(' '));
}, 60_000);
afterAll(() => folder.remove());

async function weightsOf(name: string): Promise<{ dtype: string; values: Float32Array }> {
  const source = openFolder(join(folder.path, name));
  const file = await openSafetensors(await source.open('model.safetensors'));
  const tensor = 'model.layers.0.self_attn.q_proj.weight';
  const found = { dtype: file.info(tensor).dtype, values: await file.readF32(tensor) };
  await file.close();
  return found;
}

it('compares the losses of both ways of merging with that of base and adapter', async () => {
  const merge = ['merge', '--model', 'model', '--adapter', 'adapter', '--rows', 'rows.jsonl'];
  const { stdout } = await succeed(...merge, '--out', 'merged');
  const losses = /base \+ adapter +(\d\.\d+)\n/.exec(stdout);
  const dequantised = /merged into the de-quantised base \(written\) +(\d\.\d+) +([+−]\d\.\d+)\n/.exec(
    stdout,
  );
  const original = /merged into the original base +(\d\.\d+) +([+−]\d\.\d+)\n/.exec(stdout);
  expect(stdout).toMatch(/^merge +loss on 12 rows +difference$/m);
  // The adapter was trained on the de-quantised base: nothing but rounding changes there.
  expect(Number(dequantised![1])).toBeCloseTo(Number(losses![1]), 3);
  expect(Number(original![1])).not.toBe(Number(losses![1]));

  // It has what a merge without rows writes, and the other way is another model.
  await succeed('merge', '--model', 'model', '--adapter', 'adapter', '--out', 'plain');
  await succeed('merge', '--model', 'model', '--adapter', 'adapter', '--out', 'other', '--into', 'original');
  const merged = await weightsOf('merged');
  expect(merged.dtype).toBe('F32');
  expect(await weightsOf('plain')).toEqual(merged);
  expect((await weightsOf('other')).values).not.toEqual(merged.values);
}, 60_000);

it('writes half types', async () => {
  await succeed('merge', '--model', 'model', '--adapter', 'adapter', '--dtype', 'float16', '--out', 'half');
  expect((await weightsOf('half')).dtype).toBe('F16');
}, 60_000);
