import { dataPathForTests } from '../__fixtures__/data-path.ts';
import { describe, expect, it } from 'vitest';
import { readJsonlFile } from '../node/jsonl-file.ts';
import { parseHhRlhf, preferenceRowSchema, toPreferencePairs } from './preference-rows.ts';

const start = '\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: Why?\n\nAssistant:';

describe('parseHhRlhf', () => {
  it('splits at the last assistant turn', () => {
    expect(parseHhRlhf({ chosen: `${start} Because.`, rejected: `${start} No.` })).toMatchObject({
      prompt: start,
      chosen: ' Because.',
      rejected: ' No.',
    });
  });
  it.each([
    ['no-assistant-turn', 'Hello', 'Hi'],
    ['prompts-differ', `${start} a`, '\n\nHuman: Other\n\nAssistant: b'],
    ['empty-completion', `${start} a`, `${start} `],
    ['same-completion', `${start} a`, `${start} a`],
  ])('gives the reason %s', (reason, chosen, rejected) => {
    expect(parseHhRlhf({ chosen, rejected })).toBe(reason);
  });
});

describe('toPreferencePairs', () => {
  it('takes rows with and without a prompt, and counts what is no preference', () => {
    const { pairs, dropped } = toPreferencePairs([
      { prompt: 'p', chosen: 'a', rejected: 'b' },
      { chosen: `${start} a`, rejected: `${start} b` },
      { prompt: 'p', chosen: 'a', rejected: 'a' },
    ]);
    expect(pairs.map(({ prompt }) => prompt)).toEqual(['p', start]);
    expect(dropped).toEqual({ 'same-completion': 1 });
  });

  const user = { role: 'user', content: 'Hi' };
  const system = { role: 'system', content: 'S' };
  const says = (content: string): { role: string; content: string }[] => [{ role: 'assistant', content }];
  const renderAnswer = (
    { turns }: { readonly turns: readonly { role: string; content: string }[] },
    answer: string,
  ) => ({
    prompt: turns.map(({ role, content }) => `${role}:${content};`).join(''),
    completion: `${answer}<end>`,
  });
  it.each([
    [
      'explicit conversations',
      { prompt: [system, user], chosen: says('a'), rejected: says('b') },
      'system:S;user:Hi;',
    ],
    [
      'implicit conversations with a prompt',
      { prompt: 'Hi', chosen: [user, ...says('a')], rejected: [user, ...says('b')] },
      'user:Hi;',
    ],
    ['questions', { system: 'S', question: 'Hi', chosen: 'a', rejected: 'b' }, 'system:S;user:Hi;'],
    ['instructions', { instruction: 'Hi', chosen: 'a', rejected: 'b' }, 'user:Hi;'],
  ])('renders %s by a template', (_, row, prompt) => {
    const parsed = preferenceRowSchema.parse(row);
    const { pairs } = toPreferencePairs([parsed], { renderAnswer, rendered: true });
    expect(pairs).toEqual([
      { id: expect.any(String) as string, prompt, chosen: 'a<end>', rejected: 'b<end>', rendered: true },
    ]);
    expect(toPreferencePairs([parsed]).dropped).toEqual({ 'no-template': 1 });
  });

  it('drops conversations that part before the last answer', () => {
    const row = preferenceRowSchema.parse({
      chosen: [user, ...says('a')],
      rejected: [{ ...user, content: 'Hey' }, ...says('b')],
    });
    expect(toPreferencePairs([row], { renderAnswer }).dropped).toEqual({ 'prompts-differ': 1 });
  });

  const path = dataPathForTests('hh-rlhf/harmless-base-test.jsonl.gz');
  it.skipIf(path === undefined)(
    `splits all real HH-RLHF rows${path === undefined ? ' (skipped: BEZOAR_DATA_DIR has no hh-rlhf)' : ''}`,
    async () => {
      const rows = await readJsonlFile(path!, preferenceRowSchema);
      const { pairs, dropped } = toPreferencePairs(rows);
      expect(rows).toHaveLength(2312);
      expect(pairs.length + Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(2312);
      expect(pairs.length).toBeGreaterThan(2290);
      for (const { prompt } of pairs) expect(prompt.endsWith('\n\nAssistant:')).toBe(true);
    },
  );
});
