import { scoreTokens } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { tinyLanguage } from './__fixtures__/tiny-language.ts';
import { preferenceWinRate } from './preference-win-rate.ts';

const { model, tokenizer } = await tinyLanguage();
const answers = [' a bird.', ' in the garden.', ' Yes. Yes. Yes.', ' robin', ' the the', ' is?'];
const pairs = answers.map((chosen, index) => ({
  id: String(index),
  prompt: 'The robin is',
  chosen,
  rejected: answers[(index + 1) % answers.length]!,
}));

async function logProbs(answer: string): Promise<Float32Array> {
  const prompt = [1, ...tokenizer.encode('The robin is')];
  const tokens = [...prompt, ...tokenizer.encode(answer), 2];
  const [result] = await scoreTokens(model, [{ tokens, from: prompt.length }]);
  return result!.logProbs;
}
const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

describe('preferenceWinRate', () => {
  it('counts pairs whose chosen answer is likelier, by token and in sum', async () => {
    const scored = await Promise.all(answers.map(logProbs));
    const wins = scored.map((values, index) => {
      const other = scored[(index + 1) % answers.length]!;
      return [sum(values) / values.length > sum(other) / other.length, sum(values) > sum(other)].map(Number);
    });
    const result = await preferenceWinRate({ model, tokenizer, pairs, batchTokens: 20 });
    expect(result.wins).toEqual(wins.map(([normalised]) => normalised));
    expect(result.n).toBe(6);
    const mean = wins.reduce((total, [normalised]) => total + normalised!, 0) / 6;
    expect(result.winRate).toBeCloseTo(mean, 12);
    const meanRaw = wins.reduce((total, [, raw]) => total + raw!, 0) / 6;
    expect(result.winRateRaw).toBeCloseTo(meanRaw, 12);
    expect(result.stderr).toBeCloseTo(Math.sqrt((mean * (1 - mean)) / 5), 12);
    expect(result.stderrRaw).toBeCloseTo(Math.sqrt((meanRaw * (1 - meanRaw)) / 5), 12);
    expect(new Set(result.wins).size).toBe(2);
  });

  it('turns around with the pairs, and counts a tie one half', async () => {
    const turned = pairs.map((pair) => ({ ...pair, chosen: pair.rejected, rejected: pair.chosen }));
    const [one, other] = [
      await preferenceWinRate({ model, tokenizer, pairs }),
      await preferenceWinRate({ model, tokenizer, pairs: turned }),
    ];
    expect(one.winRate + other.winRate).toBeCloseTo(1, 12);
    const tie = [{ id: 'tie', prompt: 'The', chosen: ' a', rejected: ' a' }];
    expect((await preferenceWinRate({ model, tokenizer, pairs: tie })).winRate).toBe(0.5);
  });

  it('refuses no pairs, and an answer that leaves no room', async () => {
    await expect(preferenceWinRate({ model, tokenizer, pairs: [] })).rejects.toMatchObject({
      code: 'EMPTY_DATASET',
    });
    const long = [{ id: 'long', prompt: 'The', chosen: '?!'.repeat(40), rejected: 'a' }];
    await expect(preferenceWinRate({ model, tokenizer, pairs: long })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      data: { id: 'long' },
    });
  });
});
