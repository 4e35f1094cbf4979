import { describe, expect, it } from 'vitest';
import { createBudget } from './create-budget.ts';
import { defaultPrices } from './default-prices.ts';
import { costOf, findPrice, parsePriceTable } from './price-table.ts';

describe('price table', () => {
  const prices = {
    'openai:a': { input: 1, output: 1 },
    a: { input: 2, output: 2 },
    'a-*': { input: 3, output: 3 },
    'a-long-*': { input: 4, output: 4 },
  };

  it.each([
    ['openai:a', 1],
    ['other:a', 2],
    ['openai:a-1', 3],
    ['openai:a-long-1', 4],
  ])('finds the price of %s', (id, input) => {
    expect(findPrice(prices, id)?.input).toBe(input);
  });

  it('takes no price of a model that is only named alike', () => {
    expect(findPrice(defaultPrices, 'openai:gpt-4o-2024-05-13')).toBeUndefined();
    expect(findPrice(defaultPrices, 'openai:toString')).toBeUndefined();
    expect(findPrice(defaultPrices, 'scripted:teacher#1')).toEqual({ input: 0, output: 0 });
  });

  it('reads JSON, and names what is wrong in it', () => {
    expect(parsePriceTable({ m: { input: 1, output: 2 } })).toEqual({ m: { input: 1, output: 2 } });
    expect(() => parsePriceTable({ m: { input: -1, outptu: 2 } }, 'prices.json')).toThrow(
      expect.objectContaining({
        code: 'BAD_CONFIG',
        message: expect.stringMatching(/prices\.json.*m\.input.*m\.output/) as string,
      }) as Error,
    );
  });

  it('counts dollars for a million tokens', () => {
    expect(costOf({ input: 3, output: 15 }, { inputTokens: 1000, outputTokens: 200 })).toBeCloseTo(0.006, 12);
  });
});

describe('createBudget', () => {
  it('lets calls wait for those in flight, and refuses what cannot fit any more', () => {
    const budget = createBudget({ limit: 1 });
    expect(budget.reserve(0.6)).toBe('taken');
    expect(budget.reserve(0.6)).toBe('wait');
    budget.settle(0.6, 0.3);
    expect(budget.reserve(0.6)).toBe('taken');
    budget.settle(0.6, 'uncertain');
    expect(budget.reserve(0.2)).toBe('exceeded');
    expect(budget.state()).toEqual({ limit: 1, spent: 0.3, reserved: 0, uncertain: 0.6 });
  });

  it('adds many small costs exactly, and fills the limit to the last of them', () => {
    const budget = createBudget({ limit: 0.03 });
    for (let i = 0; i < 100_000; i++) {
      budget.reserve(0.0000003);
      budget.settle(0.0000003, 0.0000003);
    }
    expect(budget.state().spent).toBe(0.03);
    expect(budget.reserve(0.0000003)).toBe('exceeded');
  });

  it('tells who listens, until they stop', () => {
    const budget = createBudget();
    let calls = 0;
    const stop = budget.onSettle(() => calls++);
    budget.reserve(1e9);
    budget.settle(1e9, 1);
    stop();
    budget.settle(0, 0);
    expect(calls).toBe(1);
  });

  it.each([-1, Number.NaN, Infinity])('refuses a limit of %s', (limit) => {
    expect(() => createBudget({ limit })).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }) as Error);
  });
});
