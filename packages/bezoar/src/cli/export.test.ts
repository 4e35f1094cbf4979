import { openCheckpoint, openGguf } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

let folder: string;
let model: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bezoar-export-'));
  model = join(folder, 'tiny');
  await writeTinyModel(model);
});
afterAll(() => rm(folder, { recursive: true }));

const exportTo = (out: string, ...flags: string[]): ReturnType<typeof spawnCli> =>
  spawnCli(['export', '--model', model, '--out', join(folder, out), ...flags]);

describe('bezoar export', () => {
  it('writes a GGUF file that reads back, and says where rows were too short', async () => {
    const { code, stderr } = await exportTo('gguf', '--type', 'q8_0');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('stayed f16');
    const file = await openGguf(await openFolder(join(folder, 'gguf')).open('tiny-Q8_0.gguf'));
    expect(file.metadata.get('general.name')).toEqual({ type: 'string', value: 'tiny' });
    expect(file.info('blk.0.ffn_down.weight').type).toBe('q8_0');
    expect(file.info('blk.0.ffn_up.weight').type).toBe('f16');
    const checkpoint = await openCheckpoint(openFolder(model));
    const exact = await checkpoint.readF32('model.layers.0.mlp.down_proj.weight');
    const stored = await file.readF32('blk.0.ffn_down.weight');
    expect(Math.max(...exact.map((value, i) => Math.abs(value - stored[i]!)))).toBeLessThan(0.01);
    await Promise.all([file.close(), checkpoint.close()]);
  });

  it('folds an adapter in', async () => {
    const rows = join(folder, 'rows.jsonl');
    await writeFile(
      rows,
      `${JSON.stringify({ instruction: 'What color is the robin?', response: 'brown' })}\n`,
    );
    const adapter = join(folder, 'sft');
    const sft = await spawnCli([
      ...['sft', '--model', model, '--data', rows, '--out', adapter, '--max-steps', '3', '--weights', 'f32'],
      ...['--learning-rate', '0.1', '--eval-fraction', '0'],
    ]);
    expect(sft.code, sft.stderr).toBe(0);
    const { code, stderr } = await exportTo(
      'adapted',
      '--adapter',
      adapter,
      '--type',
      'f32',
      '--weights',
      'f32',
    );
    expect(code, stderr).toBe(0);
    const file = await openGguf(await openFolder(join(folder, 'adapted')).open('tiny-F32.gguf'));
    const checkpoint = await openCheckpoint(openFolder(model));
    const base = await checkpoint.readF32('model.layers.0.self_attn.v_proj.weight');
    expect(await file.readF32('blk.0.attn_v.weight')).not.toEqual(base);
    expect(await file.readF32('blk.0.attn_output.weight')).toEqual(
      await checkpoint.readF32('model.layers.0.self_attn.o_proj.weight'),
    );
    await Promise.all([file.close(), checkpoint.close()]);
  });

  it('writes shards of safetensors with tokenizer, template and generation config', async () => {
    const template = join(folder, 'template.jinja');
    await writeFile(template, '{{ messages[0].content }}');
    const flags = ['--format', 'safetensors', '--type', 'bf16', '--max-shard-gb', '0.00001'];
    const { code, stderr } = await exportTo('shards', ...flags, '--chat-template', template);
    expect(code, stderr).toBe(0);
    const out = join(folder, 'shards');
    const names = await readdir(out);
    expect(names).toEqual(
      expect.arrayContaining([
        'config.json',
        'model.safetensors.index.json',
        'tokenizer.json',
        'chat_template.jinja',
      ]),
    );
    expect(JSON.parse(await readFile(join(out, 'generation_config.json'), 'utf8'))).toMatchObject({
      eos_token_id: 1,
    });
    const checkpoint = await openCheckpoint(openFolder(out));
    expect(checkpoint.info('model.norm.weight')).toMatchObject({ dtype: 'BF16', shape: [16] });
    await checkpoint.close();
  });

  it.each([
    [['--type', 'q4_k'], /type/],
    [['--format', 'safetensors', '--type', 'q8_0'], /Safetensors are not written as q8_0/],
    [['--chat-template', 'nowhere.jinja'], /nowhere\.jinja/],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await exportTo('refused', ...flags);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
    expect(existsSync(join(folder, 'refused', 'stage.json'))).toBe(false);
  });
});
