import { startChatServer, type ChatServer } from '@bezoar/llm/testing';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructionRows } from '../__fixtures__/sample-rows.ts';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const model = join(folder.path, 'model');
const out = join(folder.path, 'out');
let rows: string;
let server: ChatServer;

beforeAll(async () => {
  await writeTinyModel(model);
  rows = folder.jsonl('rows.jsonl', instructionRows);
  server = await startChatServer({
    reply: () => ({ status: 401, body: { error: { message: 'no such key sk-abcdefgh' } } }),
  });
});

afterAll(async () => {
  await server.close();
  folder.remove();
});

/** Runs a command that must fail: one sentence on stderr, no stack, nothing written. */
async function failure(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; stderr: string }> {
  const { code, stdout, stderr } = await spawnCli(args, { cwd: folder.path, env });
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^bezoar: [^\n]+\n$/);
  expect(existsSync(out)).toBe(false);
  return { code, stderr };
}

describe('bad flags', () => {
  it.each([
    [
      'a missing one',
      ['sft', '--data', 'rows.jsonl', '--out', 'out'],
      'bezoar sft: --model is missing. See bezoar sft --help.',
    ],
    ['an unknown one', ['sft', '--modle', 'x'], 'bezoar sft: unknown flag --modle. Did you mean model?'],
    ['an unknown command', ['trian'], 'There is no command trian.'],
    [
      'an unknown task',
      ['eval', '--model', model, '--task', 'arc_chalenge', '--data', 'rows.jsonl', '--out', 'out'],
      'There is no task arc_chalenge. Did you mean arc_challenge?',
    ],
    [
      'a number that is none',
      ['sft', '--model', model, '--data', 'rows.jsonl', '--out', 'out', '--epochs', 'two'],
      '--epochs is "two"; a number is needed.',
    ],
    [
      'a value out of range',
      ['sft', '--model', model, '--data', 'rows.jsonl', '--out', 'out', '--warmup-ratio', '2'],
      'training.warmupRatio',
    ],
  ])('%s', async (_, args, sentence) => {
    const { code, stderr } = await failure(args);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(sentence);
  });
});

describe('bad models', () => {
  const sft = (folderName: string): string[] => [
    'sft',
    '--model',
    join(folder.path, folderName),
    '--data',
    rows,
    '--out',
    out,
  ];
  const damaged = (name: string): string => {
    cpSync(model, join(folder.path, name), { recursive: true });
    return join(folder.path, name);
  };

  it('a folder that is not there', async () => {
    expect((await failure(sft('nowhere'))).stderr).toMatch(/There is no folder .*nowhere\. Check the path\./);
  });

  it('a precision that no backend has', async () => {
    expect((await failure([...sft(model), '--precision', 'fp8'])).stderr).toMatch(/precision.*"f32"\|"bf16"/);
  });

  it('a folder without weights', async () => {
    rmSync(join(damaged('weightless'), 'model.safetensors'));
    expect((await failure(sft('weightless'))).stderr).toContain('model.safetensors');
  });

  it('weights with a corrupt header', async () => {
    writeFileSync(
      join(damaged('corrupt'), 'model.safetensors'),
      Buffer.from([255, 255, 255, 255, 0, 0, 0, 0, 1, 2]),
    );
    const { stderr } = await failure(sft('corrupt'));
    expect(stderr).toContain('corrupt/model.safetensors');
  });

  it('a folder without a tokenizer', async () => {
    rmSync(join(damaged('mute'), 'tokenizer.json'));
    expect((await failure(sft('mute'))).stderr).toContain('has no tokenizer');
  });

  it('an adapter that is not there', async () => {
    expect(
      (await failure(['merge', '--model', model, '--adapter', 'nowhere', '--out', out])).stderr,
    ).toContain('nowhere');
  });
});

describe('bad data', () => {
  const datagen = (seeds: string): string[] => [
    'datagen',
    '--scheme',
    'evol',
    '--model',
    'openai:gpt',
    '--base-url',
    server.url,
    '--seeds',
    seeds,
    '--out',
    out,
  ];

  it('a seed without an instruction, before any call', async () => {
    const seeds = folder.jsonl('seeds.jsonl', [{ instruction: 'Say hello.' }, { context: 'alone' }]);
    const { stderr } = await failure(datagen(seeds));
    expect(stderr).toMatch(/seeds\.jsonl, line 2: instruction: /);
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    ['datagen', (file: string) => datagen(file)],
    ['sft', (file: string) => ['sft', '--model', model, '--data', file, '--out', out]],
    ['dpo', (file: string) => ['dpo', '--model', model, '--data', file, '--out', out]],
    ['eval', (file: string) => ['eval', '--model', model, '--task', 'gsm8k', '--data', file, '--out', out]],
  ])('an empty file for %s', async (_, command) => {
    expect((await failure(command(folder.file('empty.jsonl', '\n')))).stderr).toContain(
      'empty.jsonl has no rows.',
    );
  });

  it('a key that is missing, and one that the server refuses', async () => {
    const seeds = folder.jsonl('good-seeds.jsonl', [{ instruction: 'Say hello.' }]);
    const remote = datagen(seeds).map((each) => (each === server.url ? 'http://models.example/v1' : each));
    expect((await failure(remote)).stderr).toContain(
      'There is no API key for openai:gpt. Set OPENAI_API_KEY',
    );

    const { code, stderr } = await spawnCli(datagen(seeds), { env: { OPENAI_API_KEY: 'sk-abcdefgh' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^▸ datagen\nbezoar: openai:gpt refused the API key \(401\)[^\n]*\n$/);
    expect(stderr).not.toContain('sk-abcdefgh');
    expect(server.requests.length).toBeGreaterThan(0);
    expect(existsSync(join(out, 'rows.jsonl'))).toBe(false);
    rmSync(out, { recursive: true });
  });
});

describe('bad recipes', () => {
  it('an unknown key', async () => {
    const recipe = folder.file('wrong.yaml', 'name: x\nstages:\n  a: { kind: merge, fron: base }\n');
    expect((await failure(['run', recipe, '--run-dir', out])).stderr).toContain(
      'wrong.yaml:3: unknown key fron in stages.a. Did you mean from?',
    );
  });

  it('a script that exports nothing', async () => {
    folder.file('silent.ts', 'export const reply = (): string => "x";\n');
    folder.jsonl('some.jsonl', [{ instruction: 'Say hello.' }]);
    const recipe = folder.file(
      'silent.yaml',
      'name: x\nmodels: { t: "script:./silent.ts" }\nstages:\n  a: { kind: evol, model: t, seeds: ./some.jsonl }\n',
    );
    expect((await failure(['run', recipe, '--run-dir', out])).stderr).toContain(
      'has no function as its default export',
    );
  });

  it('--debug adds the stack', async () => {
    const { stderr } = await spawnCli(['run', 'nowhere.yaml', '--debug']);
    expect(stderr).toMatch(/\n +at /);
    expect(stderr).toMatch(/\nbezoar: There is no recipe nowhere\.yaml\. Check the path\.\n$/);
  });
});
