import { describe, expect, it } from 'vitest';
import { chatMessageSchema } from './chat-message.ts';
import { droppedRowSchema, type DroppedRow } from './dropped-row.ts';
import { createFunnel } from './funnel.ts';
import { instructionRowSchema } from './instruction-row.ts';
import { judgmentSchema } from './judgment.ts';
import { preferencePairSchema } from './preference-pair.ts';
import { seedSchema } from './seed.ts';

describe('seedSchema', () => {
  it.each([
    [
      'dolly',
      { instruction: 'Sum up.', context: ' A text. ', response: 'Short.', category: 'summarization' },
    ],
    ['Alpaca', { instruction: 'Sum up.', input: ' A text. ', output: 'Short.', category: 'summarization' }],
  ])('reads rows of %s', (_, row) => {
    expect(seedSchema.parse(row)).toEqual({
      instruction: 'Sum up.',
      context: 'A text.',
      response: 'Short.',
      category: 'summarization',
    });
  });

  it('reads a bare instruction', () => {
    expect(seedSchema.parse({ instruction: '  Name a fruit. ' })).toEqual({
      instruction: 'Name a fruit.',
      context: '',
    });
  });

  it('prefers the names of dolly where a row has both', () => {
    expect(
      seedSchema.parse({ instruction: 'x', context: 'a', input: 'b', response: 'c', output: 'd' }),
    ).toMatchObject({ context: 'a', response: 'c' });
  });

  it.each([{ instruction: ' ' }, { context: 'alone' }, { instruction: 3 }])('refuses %o', (row) => {
    expect(seedSchema.safeParse(row).success).toBe(false);
  });
});

describe('instructionRowSchema', () => {
  const row = { id: 'a', instruction: 'Name a fruit.', response: 'Fig.', source: 'evol/deepening' };

  it('keeps lineage and judgments', () => {
    const full = {
      ...row,
      system: 'Be brief.',
      lineage: { parentId: 'p', round: 1, operation: 'deepening' },
      judgments: [{ judge: 'j', status: 'accept', rating: 8, reason: 'Right.' }],
    };
    expect(instructionRowSchema.parse(full)).toEqual(full);
  });

  it.each([
    ['an empty response', { ...row, response: '' }],
    ['a blank instruction', { ...row, instruction: ' \n' }],
    ['a missing source', { ...row, source: undefined }],
    ['a broken lineage', { ...row, lineage: { parentId: 'p', round: -1, operation: 'x' } }],
  ])('refuses %s', (_, bad) => {
    expect(instructionRowSchema.safeParse(bad).success).toBe(false);
  });
});

describe('judgmentSchema', () => {
  it('has no rating only by saying so', () => {
    const unread = { judge: 'j', status: 'error', rating: null, reason: 'The reply had no rating.' };
    expect(judgmentSchema.parse(unread)).toEqual(unread);
    expect(judgmentSchema.safeParse({ ...unread, rating: undefined }).success).toBe(false);
    expect(judgmentSchema.safeParse({ ...unread, status: 'maybe' }).success).toBe(false);
  });
});

describe('preferencePairSchema', () => {
  const pair = { id: 'a', prompt: '\n\nHuman: Hi\n\nAssistant:', chosen: ' Hello.', rejected: ' Go away.' };

  it('keeps the texts as they are: spaces are tokens', () => {
    expect(preferencePairSchema.parse(pair)).toEqual(pair);
  });

  it('refuses a pair without a preference, and one without a prompt', () => {
    expect(preferencePairSchema.safeParse({ ...pair, rejected: pair.chosen }).success).toBe(false);
    expect(preferencePairSchema.safeParse({ ...pair, prompt: '' }).success).toBe(false);
  });
});

describe('chatMessageSchema', () => {
  it('knows three roles', () => {
    expect(chatMessageSchema.safeParse({ role: 'user', content: '' }).success).toBe(true);
    expect(chatMessageSchema.safeParse({ role: 'tool', content: '' }).success).toBe(false);
  });
});

describe('droppedRowSchema', () => {
  it('needs a reason', () => {
    const dropped = { id: 'a', stage: 'dedupe', reason: 'duplicate', row: { any: 'thing' } };
    expect(droppedRowSchema.parse(dropped)).toEqual(dropped);
    expect(droppedRowSchema.safeParse({ ...dropped, reason: undefined }).success).toBe(false);
  });
});

describe('createFunnel', () => {
  const dropped = (reason: string): DroppedRow => ({ id: reason, stage: 'evol', reason, row: null });

  it('adds up, with the most frequent reason first and equal ones by name', () => {
    const funnel = createFunnel('evol', 5, ['refusal', 'too-long', 'too-long', 'copied'].map(dropped));
    expect(funnel).toEqual({
      stage: 'evol',
      input: 9,
      kept: 5,
      dropped: { 'too-long': 2, copied: 1, refusal: 1 },
    });
    expect(Object.keys(funnel.dropped)).toEqual(['too-long', 'copied', 'refusal']);
  });

  it('is all kept when nothing was dropped', () => {
    expect(createFunnel('filter', 3, [])).toEqual({ stage: 'filter', input: 3, kept: 3, dropped: {} });
  });
});
