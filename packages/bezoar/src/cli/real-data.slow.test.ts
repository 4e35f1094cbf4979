import { startChatServer, type ChatServer } from '@bezoar/llm/testing';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const dataDir = process.env['BEZOAR_DATA_DIR'] ?? '';
const title = dataDir === '' ? 'real data (skipped: BEZOAR_DATA_DIR is not set)' : 'real data';

describe.skipIf(dataDir === '')(title, () => {
  const folder = temporaryFolder();
  const data = (...names: string[]): string => join(dataDir, ...names);
  let server: ChatServer;

  /** Evolves by adding a requirement, answers, and rates long answers higher than short ones. */
  const reply = ({
    messages,
    index,
  }: {
    messages: readonly { content: string }[];
    index: number;
  }): string => {
    const text = messages.map(({ content }) => content).join('\n');
    if (text.includes('"status"')) {
      const rating = 1 + (text.length % 10);
      return JSON.stringify({
        status: rating > 3 ? 'accept' : 'reject',
        rating,
        reason: `It has ${text.length} characters.`,
      });
    }
    return `Name three reasons, in order of weight, and one counterexample for number ${index}.`;
  };

  beforeAll(async () => {
    await writeTinyModel(join(folder.path, 'model'));
    server = await startChatServer({ reply });
  });
  afterAll(async () => {
    await server.close();
    folder.remove();
  });

  async function succeed(...args: string[]): Promise<CliResult> {
    const result = await spawnCli(args, { cwd: folder.path });
    expect(result.stderr).not.toContain('bezoar:');
    expect(result.code).toBe(0);
    return result;
  }
  const lines = (path: string): unknown[] =>
    readFileSync(join(folder.path, path), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);

  it('evolves dolly seeds, filters them, and trains on what is left', async () => {
    const openai = ['--base-url', server.url];
    await succeed(
      'datagen',
      '--scheme',
      'evol',
      '--model',
      'openai:teacher',
      '--seeds',
      data('seeds', 'dolly-151.jsonl'),
      '--rounds',
      '1',
      '--out',
      'evol',
      ...openai,
    );
    expect(lines('evol/rows.jsonl').length + lines('evol/dropped.jsonl').length).toBe(151);

    const made = lines('evol/rows.jsonl').length;
    expect(made).toBeGreaterThan(50);
    await succeed(
      'filter',
      '--rows',
      'evol/rows.jsonl',
      '--judge',
      'openai:judge',
      '--threshold',
      '6',
      '--out',
      'kept',
      ...openai,
    );
    const kept = lines('kept/rows.jsonl').length;
    expect(kept).toBeGreaterThan(0);
    expect(kept + lines('kept/dropped.jsonl').length).toBe(made);

    await succeed('sft', '--model', 'model', '--data', 'kept/rows.jsonl', '--out', 'sft', '--max-steps', '5');
  });

  it('trains on HH-RLHF pairs', async () => {
    const { stdout } = await succeed(
      'dpo',
      '--model',
      'model',
      '--data',
      data('hh-rlhf', 'harmless-base-test.jsonl.gz'),
      '--limit',
      '64',
      '--max-steps',
      '4',
      '--batch-size',
      '2',
      '--gradient-accumulation',
      '1',
      '--out',
      'dpo',
    );
    expect(stdout).toMatch(/^dpo +4 +0\.6931 /m);
  });

  it.each([
    ['arc_challenge', 'arc_challenge-test.jsonl', [], /^base +0\.\d{4} ± 0\.\d{4} +0\.\d{4} ± 0\.\d{4}$/m],
    [
      'gsm8k',
      'gsm8k-test.jsonl',
      ['--fewshot-data', 'gsm8k-train-2000.jsonl', '--num-fewshot', '2'],
      /^base +0\.0000 ± 0\.0000 /m,
    ],
  ])('scores %s', async (...[task, file, more, table]) => {
    const rest = more.map((each) => (each.endsWith('.jsonl') ? data('eval', each) : each));
    const { stdout } = await succeed(
      'eval',
      '--model',
      'model',
      '--task',
      task,
      '--data',
      data('eval', file),
      '--limit',
      '6',
      '--out',
      task,
      ...rest,
    );
    expect(stdout).toMatch(table);
    const names = readdirSync(join(folder.path, task, 'base')).sort();
    expect(names).toEqual([
      'model-index.yaml',
      expect.stringMatching(/^results_.*\.json$/),
      expect.stringMatching(/^samples_.*\.jsonl$/),
      'scores.md',
    ]);
  });
});
