import { expect, it } from 'vitest';
import { ratedRowSchema, toRatedCompletions, type RatedRow } from './rated-rows.ts';

const user = { role: 'user', content: 'Hi' };
const options = {
  renderAnswer: ({ turns }: { readonly turns: readonly { content: string }[] }, answer: string) => ({
    prompt: `<${turns.map(({ content }) => content).join('|')}>`,
    completion: `${answer}<end>`,
  }),
  rendered: true,
};
const parse = (rows: readonly unknown[]): RatedRow[] => rows.map((row) => ratedRowSchema.parse(row));

it('takes texts, messages, and both answers of pairs', () => {
  const rows = parse([
    { prompt: 'p', completion: 'a', label: true, more: 1 },
    { id: 'x', prompt: [user], completion: [{ role: 'assistant', content: 'b' }], label: false },
    { id: 'y', prompt: 'q', chosen: 'c', rejected: 'd' },
    { chosen: '\n\nHuman: Q\n\nAssistant: e', rejected: '\n\nHuman: Q\n\nAssistant: f' },
  ]);
  const made = toRatedCompletions(rows, options);
  expect(made.dropped).toEqual({});
  expect(made.rows.map(({ prompt, completion, label }) => [prompt, completion, label])).toEqual([
    ['p', 'a', true],
    ['<Hi>', 'b<end>', false],
    ['q', 'c', true],
    ['q', 'd', false],
    ['\n\nHuman: Q\n\nAssistant:', ' e', true],
    ['\n\nHuman: Q\n\nAssistant:', ' f', false],
  ]);
  expect(made.rows.map(({ id }) => id).slice(1, 4)).toEqual(['x', 'y-chosen', 'y-rejected']);
  expect(made.rows.map(({ rendered }) => rendered ?? false)).toEqual([
    false,
    true,
    false,
    false,
    false,
    false,
  ]);
});

it('counts what is no rated completion', () => {
  const rows = parse([
    { prompt: 'p', completion: ' ', label: true },
    { prompt: [user], completion: [{ role: 'assistant', content: 'b' }], label: false },
    { prompt: 'q', chosen: 'c', rejected: 'c' },
  ]);
  expect(toRatedCompletions(rows)).toEqual({
    rows: [],
    dropped: { 'empty-completion': 1, 'no-template': 1, 'same-completion': 1 },
  });
});

it('refuses a completion that is a conversation', () => {
  expect(ratedRowSchema.safeParse({ prompt: [user], completion: [user], label: true }).success).toBe(false);
});
