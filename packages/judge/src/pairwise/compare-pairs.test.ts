import { createRng, finishJob } from '@bezoar/core';
import { createOpenAiModel, createScriptedModel, type ChatModel } from '@bezoar/llm';
import { startChatServer } from '@bezoar/llm/testing';
import { describe, expect, it } from 'vitest';
import { buildComparedPairs } from '../preferences/build-compared-pairs.ts';
import { comparePairs } from './compare-pairs.ts';
import type { AnswerPair } from './pair-prompt.ts';
import { positionReport } from './position-report.ts';

const pair = (a: string, b: string): AnswerPair => ({ id: `${a}|${b}`, instruction: 'Say it.', a, b });

/** What stands first and second in the prompt. */
const shown = (content: string): [string, string] => {
  const [, first, second] = /\[First answer\]\n(.*)\n\n\[Second answer\]\n(.*)$/s.exec(content)!;
  return [first!, second!];
};

/** Prefers "good" to all else; "first" and "second" in both texts are its leanings; "odd" is unreadable in the first order. */
function reply(content: string): string {
  const [first, second] = shown(content);
  const verdict = (winner: string): string => JSON.stringify({ reason: 'r', winner });
  if (first.startsWith('odd')) return 'Both have merits.';
  if (first.startsWith('lean') && second.startsWith('lean')) return verdict('first');
  if (first.startsWith('good')) return verdict('first');
  return verdict(second.startsWith('good') ? 'Second' : 'tie');
}

const judge = (): ChatModel =>
  createScriptedModel({
    name: 'j',
    reply: ({ messages }) => reply(messages.find(({ role }) => role === 'user')!.content),
  });

const pairs = [
  pair('good', 'bad'),
  pair('bad', 'good'),
  pair('plain', 'bad'),
  pair('lean 1', 'lean 2'),
  pair('odd', 'good'),
  pair('same', 'same'),
  pair(' good', 'good'),
];

describe('comparePairs', () => {
  it('asks in both orders: what hangs on the order is no win, what cannot be read is no tie', async () => {
    const { comparisons, position } = await finishJob(comparePairs({ pairs, model: judge() }));
    expect(comparisons.map(({ winner }) => winner)).toEqual(['a', 'b', 'tie', 'tie', null, 'tie', 'b']);
    expect(comparisons[4]!.games[0]).toMatchObject({ winner: null, problem: 'no-json' });
    // Equal texts were not asked about.
    expect(position).toMatchObject({
      ...{ comparisons: 6, judged: 5, consistent: 4, consistencyRate: 0.8 },
      ...{ forFirst: 1, forSecond: 0, halfTies: 0, firstWinRate: 5 / 8, pValue: 1 },
    });
  });

  it('makes preferences of clear wins only, and says what the others lacked', async () => {
    const { comparisons } = await finishJob(comparePairs({ pairs, model: judge() }));
    const built = buildComparedPairs({
      pairs,
      comparisons,
      renderPrompt: ({ instruction }) => `<${instruction}>`,
    });
    expect(built.pairs).toMatchObject([
      { prompt: '<Say it.>', chosen: 'good', rejected: 'bad' },
      { prompt: '<Say it.>', chosen: 'good', rejected: 'bad' },
    ]);
    expect(built.skipped).toEqual({ tie: 1, inconsistent: 1, 'no-verdict': 1, 'same-text': 2 });
    expect(buildComparedPairs({ pairs, comparisons: [], renderPrompt: () => '' }).skipped['no-verdict']).toBe(
      5,
    );
  });

  it('a request that the provider rejects costs its comparison, over HTTP', async () => {
    const server = await startChatServer({
      reply: ({ messages }) =>
        messages.at(-1)!.content.includes('[Second answer]\nbad')
          ? { status: 400, body: { error: { message: 'Prompt flagged.' } } }
          : reply(messages[1]!.content),
    });
    const model = createOpenAiModel({ model: 'j', baseURL: server.url, apiKey: 'k' });
    const { comparisons } = await finishJob(
      comparePairs({ pairs: [pair('good', 'bad'), pair('good', 'x')], model }),
    );
    await server.close();
    expect(comparisons.map(({ winner }) => winner)).toEqual([null, 'a']);
    expect(comparisons[0]!.games[0]).toMatchObject({ problem: 'rejected-by-provider' });
  });

  it('refuses to compare nothing', async () => {
    await expect(finishJob(comparePairs({ pairs: [], model: judge() }))).rejects.toMatchObject({
      code: 'EMPTY_DATASET',
    });
  });
});

it('finds the leaning of a judge that likes what stands first', () => {
  const rng = createRng('leaning');
  const likesFirst = Array.from({ length: 200 }, () =>
    rng.next() < 0.3 ? (['a', 'b'] as const) : (['a', 'a'] as const),
  );
  const fair = Array.from({ length: 200 }, () =>
    rng.next() < 0.5 ? (['a', 'b'] as const) : (['b', 'a'] as const),
  );
  expect(positionReport(likesFirst).pValue).toBeLessThan(1e-6);
  expect(positionReport(fair).pValue).toBeGreaterThan(0.01);
  // 2 · (1 + 5) / 2⁵
  const five = [...Array.from({ length: 4 }, () => ['a', 'b'] as const), ['b', 'a'] as const];
  expect(positionReport(five).pValue).toBeCloseTo(0.375, 12);
});
