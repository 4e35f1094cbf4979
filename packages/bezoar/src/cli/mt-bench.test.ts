import { startChatServer, type ChatServer, type ReceivedRequest } from '@bezoar/llm/testing';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
let server: ChatServer;
const dataRoot = process.env['BEZOAR_DATA_DIR'];
const official = (name: string): string => join(dataRoot ?? '', 'mt-bench', name);
const hasOfficial = dataRoot !== undefined && existsSync(official('question.jsonl'));

/** What a question asks for decides its score: the same call has the same answer, whoever makes it. */
const scoreOf = (text: string): number => 1 + (text.length % 10);

/** Judges with what it was shown: a mark for FastChat's prompts, JSON for our own; answers everything else. */
function reply({ body, messages }: ReceivedRequest): string {
  const text = messages.map(({ content }) => content).join('\n');
  if (!String(body['model']).startsWith('judge') && body['model'] !== 'claude-2.1')
    return `${String(body['model'])} says: ${messages.at(-1)!.content.slice(0, 30)}`;
  if (text.includes('{"explanation"')) {
    if (text.includes('"winner"')) return '{"explanation":"e","winner":"A"}';
    return `{"explanation":"e","rating":${scoreOf(text)}}`;
  }
  return `It quotes [[10]] in passing. Rating: [[${scoreOf(text)}]]`;
}

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
const run = (...args: string[]): Promise<CliResult> =>
  spawnCli(['mt-bench', ...args], { cwd: folder.path, env: { ANTHROPIC_API_KEY: 'k' } });
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
  server = await startChatServer({ reply });
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
  it.skipIf(!hasOfficial)(
    'asks the 80 questions and judges them as the paper did, over HTTP (needs BEZOAR_DATA_DIR)',
    async () => {
      const args = [
        ...['--questions', official('question.jsonl'), '--prompts', official('judge_prompts.jsonl')],
        ...['--references', official('reference_answer/gpt-4.jsonl'), '--out', 'paper'],
        ...['--model', 'openai:bezoar', '--base-url', server.url, '--concurrency', '16'],
        ...['--judge', 'anthropic:claude-2.1', '--judge-base-url', server.origin],
        ...['--judge-settings', 'fastchat-claude-2.1'],
      ];
      const done = await run(...args);
      expect(done).toMatchObject({ code: 0 });
      expect(done.stderr).toContain('known to be wrong in a turn: 104, 105,');

      const answers = linesOf<{ question_id: number; choices: { turns: string[] }[] }>(
        'paper/model_answer/bezoar.jsonl',
      );
      expect(answers.map(({ question_id: id }) => id)).toEqual(
        Array.from({ length: 80 }, (_, index) => 81 + index),
      );
      const judgments = linesOf('paper/model_judgment/claude-2.1_single.jsonl');
      expect(new Set(judgments.map(({ question_id: id, turn }) => `${id} ${turn}`)).size).toBe(160);
      expect(new Set(judgments.map(({ judge }) => judge.join()))).toEqual(
        new Set(
          ['single-v1', 'single-v1-multi-turn', 'single-math-v1', 'single-math-v1-multi-turn'].map(
            (name) => `claude-2.1,${name}`,
          ),
        ),
      );
      // FastChat takes the first mark.
      expect(judgments.every(({ score }) => score === 10)).toBe(true);
      const [first] = server.requests.filter(({ path }) => path.endsWith('/messages'));
      expect(first!.body).toMatchObject({ model: 'claude-2.1', temperature: 0, max_tokens: 1024 });
      const coding = judgments.find(({ question_id: id, turn }) => id === 121 && turn === 2)!;
      expect(coding.judge[1]).toBe('single-math-v1-multi-turn');
      expect(coding.user_prompt).toContain(answers[40]!.choices[0]!.turns[1]!);
      expect(coding.user_prompt).not.toMatch(/\{(?:question|answer|ref_answer)/);

      const report = textOf('paper/mt-bench.md');
      expect(report).toContain(
        '- judge: claude-2.1 (anthropic:claude-2.1)\n- questions: fastchat-mt-bench, 80 of 80',
      );
      expect(report).toContain('- prompts: fastchat\n');
      expect(report).toContain('- references: fastchat-gpt-4\n');
      expect(report).toMatch(/\| writing \| 10\.00 \[10\.00, 10\.00\] \|/);

      // Read strictly, the same replies give other scores, and no answer is asked for again.
      const asked = server.requests.length;
      const strict = await run(...args.slice(0, -2), '--judge-settings', 'strict-1');
      expect(strict).toMatchObject({ code: 0 });
      expect(server.requests.length - asked).toBe(160);
      const scores = linesOf('paper/model_judgment/claude-2.1_single.jsonl');
      expect(strict.stdout).toContain(`mt_bench/average      ${meanOf(scores).toFixed(4)}`);
      const writing = scores.filter(({ question_id: id }) => id <= 90);
      expect(strict.stdout).toContain(`mt_bench/writing      ${meanOf(writing).toFixed(4)}`);
    },
  );

  it('lets a local model answer in its template, then grades with our own prompts; again, it is done', async () => {
    await writeTinyModel(join(folder.path, 'tiny'));
    const args = [
      ...['--questions', 'questions.jsonl', '--references', 'references.jsonl', '--out', 'local'],
      ...['--model', 'tiny', '--weights', 'f32', '--backend', 'reference', '--max-new-tokens', '6'],
      ...['--judge', 'openai:judge', '--judge-base-url', server.url],
    ];
    const first = await run(...args);
    expect(first).toMatchObject({ code: 0 });
    const lines = linesOf('local/model_judgment/judge_single.jsonl');
    expect(lines.map(({ model, judge: [, prompt] }) => [model, prompt])).toEqual([
      ['tiny', 'bezoar-single-turn-1'],
      ['tiny', 'bezoar-single-turn-2'],
      ['tiny', 'bezoar-single-reference-turn-1'],
      ['tiny', 'bezoar-single-reference-turn-2'],
    ]);
    expect(textOf('local/mt-bench.md')).toContain(`| **average** | ${meanOf(lines).toFixed(2)} [`);
    expect(textOf('local/radar.svg')).toMatch(/^<svg [^]*<\/svg>\n$/);
    const answers = textOf('local/model_answer/tiny.jsonl');
    expect((await run(...args)).stderr).toBe('✓ mt-bench: done before, nothing changed\n');

    // Another judge asks nothing of the model: its answers are known.
    await run(...args.slice(0, -4), '--judge', 'openai:judge-2', '--judge-base-url', server.url);
    const turnsOf = (text: string): unknown[] =>
      text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { choices: unknown }).choices);
    expect(turnsOf(textOf('local/model_answer/tiny.jsonl'))).toEqual(turnsOf(answers));
    expect(textOf('local/answers.jsonl').trim().split('\n')).toHaveLength(4);
  });

  it('compares with a baseline in both orders, and tells how the judge leans', async () => {
    folder.jsonl('votes.jsonl', [
      { question_id: 81, model_a: 'b', model_b: 'a', winner: 'tie (bothbad)', judge: 'expert_1', turn: 1 },
      { question_id: 81, model_a: 'b', model_b: 'a', winner: 'model_a', judge: 'expert_2', turn: 2 },
    ]);
    const pairs = ['--questions', 'questions.jsonl', '--mode', 'pairwise-baseline', '--baseline', 'b'];
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
    const again = await run(
      ...pairs,
      '--judgments',
      'pairs/model_judgment/judge_pair.jsonl',
      '--out',
      'summed',
    );
    expect(again).toMatchObject({ code: 0 });
    expect(JSON.parse(textOf('summed/scores.json'))).toEqual(JSON.parse(textOf('pairs/scores.json')));
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
