import { startChatServer, type ChatServer } from '@bezoar/llm/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mtBenchReply } from '../__fixtures__/mt-bench-reply.ts';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
let server: ChatServer;
const dataRoot = process.env['BEZOAR_DATA_DIR'];
const official = (name: string): string => join(dataRoot ?? '', 'mt-bench', name);
const hasOfficial = dataRoot !== undefined && existsSync(official('question.jsonl'));

interface Line {
  readonly question_id: number;
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

beforeAll(async () => {
  server = await startChatServer({ reply: mtBenchReply });
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

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
