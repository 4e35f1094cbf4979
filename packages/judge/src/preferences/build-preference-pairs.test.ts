import type { InstructionRow } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { buildPreferencePairs } from './build-preference-pairs.ts';

const row = (instruction: string, response: string, ...ratings: (number | null)[]): InstructionRow => ({
  id: `${instruction}${response}`,
  instruction,
  response,
  source: 's',
  judgments: ratings.map((rating, index) => ({ judge: `j${index}`, status: 'accept', rating, reason: '' })),
});
const build = (...rows: InstructionRow[]): ReturnType<typeof buildPreferencePairs> =>
  buildPreferencePairs({ rows, renderPrompt: ({ instruction }) => `<${instruction}>` });

describe('buildPreferencePairs', () => {
  it('pairs the best with the worst answer by mean rating', () => {
    const { pairs } = build(row('q', 'middle', 5, 6), row('q', 'best', 9, 10), row('q', 'worst', 2, 3));
    expect(pairs).toMatchObject([{ prompt: '<q>', chosen: 'best', rejected: 'worst', margin: 7 }]);
  });
  it('gives a reason where there is no preference', () => {
    const { pairs, skipped } = build(
      row('single', 'a', 5),
      row('tie', 'a', 5),
      row('tie', 'b', 5.5),
      row('unrated', 'a', null),
      row('unrated', 'b', 5),
      row('same', ' a', 9),
      row('same', 'a', 1),
    );
    expect(pairs).toEqual([]);
    expect(skipped).toEqual({ 'single-answer': 1, tie: 1, 'no-rating': 1, 'same-text': 1 });
  });
});
