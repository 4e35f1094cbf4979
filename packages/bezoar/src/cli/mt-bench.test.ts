import { startChatServer, type ChatServer } from '@bezoar/llm/testing';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mtBenchReply } from '../__fixtures__/mt-bench-reply.ts';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
let server: ChatServer;
interface Line {
  readonly question_id: number;
  readonly model: string;
  readonly judge: readonly string[];
  readonly user_prompt: string;
  readonly score: number;
  readonly turn: number;
}

const linesOf = <Row = Line>(...names: string[]): Row[] =>
  readFileSync(join(folder.path, ...names), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
const textOf = (...names: string[]): string => readFileSync(join(folder.path, ...names), 'utf8');
const run = (...args: string[]): Promise<CliResult> => spawnCli(['mt-bench', ...args], { cwd: folder.path });
const meanOf = (lines: readonly Line[]): number =>
  lines.reduce((sum, { score }) => sum + score, 0) / lines.length;

const questions = [
  { question_id: 81, category: 'writing', turns: ['Write of the robin.', 'Shorter.'] },
  { question_id: 111, category: 'math', turns: ['2 + 2?', 'And 2 more?'] },
];

const answersOf = (model: string): unknown[] =>
  questions.map(({ question_id }) => ({
    ...{ question_id, answer_id: `${model}${question_id}`, model_id: model, tstamp: 1 },
    choices: [{ index: 0, turns: [`${model} one`, `${model} two`] }],
  }));

beforeAll(async () => {
  server = await startChatServer({ reply: mtBenchReply });
  folder.jsonl('questions.jsonl', questions);
  for (const model of ['a', 'b']) folder.jsonl(`${model}.jsonl`, answersOf(model));
  folder.jsonl('references.jsonl', [
    {
      question_id: 111,
      answer_id: 'r',
      model_id: 'gold',
      choices: [{ index: 0, turns: ['4', '6'] }],
      tstamp: 1,
    },
  ]);
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

describe('mt-bench', () => {
  const local = (judge: string): Promise<CliResult> =>
    run(
      ...['--questions', 'questions.jsonl', '--references', 'references.jsonl', '--out', 'local'],
      ...['--model', 'tiny', '--weights', 'f32', '--backend', 'reference', '--max-new-tokens', '6'],
      ...['--judge', judge, '--judge-base-url', server.url],
    );
  it('lets a local model answer in its template, then grades with our own prompts', async () => {
    await writeTinyModel(join(folder.path, 'tiny'));
    expect(await local('openai:judge')).toMatchObject({ code: 0 });
    const lines = linesOf('local/model_judgment/judge_single.jsonl');
    expect(lines.map(({ model, judge: [, prompt] }) => [model, prompt])).toEqual([
      ['tiny', 'bezoar-single-turn-1'],
      ['tiny', 'bezoar-single-turn-2'],
      ['tiny', 'bezoar-single-reference-turn-1'],
      ['tiny', 'bezoar-single-reference-turn-2'],
    ]);
    expect(textOf('local/mt-bench.md')).toContain(`| **average** | ${meanOf(lines).toFixed(2)} [`);
    expect(textOf('local/radar.svg')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it('is done when nothing changed, and asks nothing of the model again when the judge is another one', async () => {
    const answers = textOf('local/model_answer/tiny.jsonl');
    expect((await local('openai:judge')).stderr).toBe('✓ mt-bench: done before, nothing changed\n');
    expect(await local('openai:judge-2')).toMatchObject({ code: 0 });
    const turnsOf = (text: string): unknown[] =>
      text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { choices: unknown }).choices);
    expect(turnsOf(textOf('local/model_answer/tiny.jsonl'))).toEqual(turnsOf(answers));
    expect(textOf('local/answers.jsonl').trim().split('\n')).toHaveLength(4);
  });

  const pairs = ['--questions', 'questions.jsonl', '--mode', 'pairwise-baseline', '--baseline', 'b'];
  it('compares with a baseline in both orders, and tells how the judge leans', async () => {
    folder.jsonl('votes.jsonl', [
      { question_id: 81, model_a: 'b', model_b: 'a', winner: 'tie (bothbad)', judge: 'expert_1', turn: 1 },
      { question_id: 81, model_a: 'b', model_b: 'a', winner: 'model_a', judge: 'expert_2', turn: 2 },
    ]);
    const done = await run(
      ...[...pairs, '--answers', 'a.jsonl,b.jsonl', '--human-votes', 'votes.jsonl', '--out', 'pairs'],
      ...['--judge', 'openai:judge', '--judge-base-url', server.url],
    );
    expect(done).toMatchObject({ code: 0 });
    // The judge always says A.
    const report = textOf('pairs/mt-bench.md');
    expect(report).toContain('| a | 0 | 0 | 4 | 0.0 % | 0.0 % | 50.0 % |');
    expect(report).toContain('4 went to the answer shown first both times');
    expect(report).toContain('| both | 2 | 50.0 % |');
  });

  it('sums up a file of judgments to the same scores', async () => {
    const again = await run(
      ...pairs,
      '--judgments',
      'pairs/model_judgment/judge_pair.jsonl',
      '--out',
      'summed',
    );
    expect(again).toMatchObject({ code: 0 });
    const scores = JSON.parse(textOf('pairs/scores.json')) as { readonly samples: readonly unknown[] };
    expect(scores.samples).toHaveLength(2);
    expect(JSON.parse(textOf('summed/scores.json'))).toEqual({ ...scores, samples: [] });
  });

  it('takes the questions from the web, with their checksum', async () => {
    const text = textOf('questions.jsonl');
    const web = createServer((_, response) => void response.end(text));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/questions.jsonl`;
    const sha256 = createHash('sha256').update(text).digest('hex');
    const args = ['--answers', 'a.jsonl', '--judgments', 'pairs/model_judgment/judge_pair.jsonl'];
    const summed = await spawnCli(
      [
        'mt-bench',
        ...args,
        '--mode',
        'pairwise-all',
        '--out',
        'web',
        '--questions',
        `${url}#sha256=${sha256}`,
      ],
      { cwd: folder.path, env: { XDG_CACHE_HOME: join(folder.path, 'cache') } },
    );
    web.close();
    expect(summed).toMatchObject({ code: 0 });
    expect(textOf('web/mt-bench.md')).toContain(
      `- questions: questions.jsonl (sha256 ${sha256.slice(0, 12)}…), 2 of 2`,
    );
  });

  it.each([
    ['nothing to judge', ['--questions', 'questions.jsonl'], /nothing to judge/],
    [
      'settings of FastChat without its prompts',
      [
        '--questions',
        'questions.jsonl',
        '--answers',
        'a.jsonl',
        '--judge',
        'openai:judge',
        '--judge-base-url',
        'http://127.0.0.1:9/v1',
        '--judge-settings',
        'fastchat-gpt-4',
      ],
      /judge_prompts\.jsonl/,
    ],
    [
      'a judge and judgments',
      ['--questions', 'questions.jsonl', '--judge', 'openai:j', '--judgments', 'a.jsonl'],
      /not both/,
    ],
    [
      'a baseline without its mode',
      ['--questions', 'questions.jsonl', '--answers', 'a.jsonl', '--baseline', 'b'],
      /baseline belongs to the mode/,
    ],
    ['what are no questions', ['--questions', 'references.jsonl', '--answers', 'a.jsonl'], /category/],
  ])('refuses %s before anything is asked', async (_, args, message) => {
    const { code, stderr } = await run(...args, '--out', 'refused');
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(existsSync(join(folder.path, 'refused'))).toBe(false);
  });
});
