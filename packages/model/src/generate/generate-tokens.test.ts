import { createReferenceBackend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { randomTokens, tinyModel } from '../__fixtures__/tiny-model.ts';
import { generateTokens } from './generate-tokens.ts';
import { scoreTokens } from './score-tokens.ts';

const families = [
  ['llama', {}],
  ['qwen3', { model_type: 'qwen3', head_dim: 6 }],
  ['mistral with a window', { model_type: 'mistral', sliding_window: 5 }],
] as const;

describe('generateTokens', () => {
  it.each(families)(
    'greedy choices are the ones that a whole forward pass ranks first: %s',
    async (_, overrides) => {
      const model = tinyModel(createReferenceBackend(), overrides);
      const prompts = [randomTokens(3, 1), randomTokens(9, 2), randomTokens(1, 3)];
      const results = await generateTokens(model, { prompts, maxNewTokens: 12 });
      const scores = await scoreTokens(
        model,
        results.map(({ tokens }, row) => ({
          tokens: [...prompts[row]!, ...tokens],
          from: prompts[row]!.length,
        })),
      );
      for (const [row, { tokens, finishReason }] of results.entries()) {
        expect(tokens).toHaveLength(12);
        expect(finishReason).toBe('length');
        expect(scores[row]!.greedy).toEqual(tokens.map(() => true));
      }
    },
  );

  it.each([0, 1])(
    'writes the same where kernels are compiled for sizes, temperature %s',
    async (temperature) => {
      const reference = createReferenceBackend();
      const filling = { ...reference, capabilities: { ...reference.capabilities, compilesForSizes: true } };
      const [first, second, third] = [randomTokens(3, 1), randomTokens(19, 2), randomTokens(1, 3)];
      const prompts = [first, second, [...first, ...third], third];
      const results = await Promise.all(
        [reference, filling].map((backend) =>
          generateTokens(tinyModel(backend), { prompts, maxNewTokens: 9, temperature, rng: createRng(4) }),
        ),
      );
      expect(results[1]).toEqual(results[0]);
    },
  );

  it('ends a row at a stop token, which is left out, while the others go on', async () => {
    const model = tinyModel(createReferenceBackend());
    const prompts = [randomTokens(3, 1), randomTokens(4, 9)];
    const [first, second] = await generateTokens(model, { prompts, maxNewTokens: 10 });
    const stop = first!.tokens[3]!;
    const stopped = await generateTokens(model, { prompts, maxNewTokens: 10, stopIds: [stop] });
    expect(stopped[0]).toEqual({
      tokens: first!.tokens.slice(0, first!.tokens.indexOf(stop)),
      finishReason: 'stop',
    });
    const cut = second!.tokens.indexOf(stop);
    expect(stopped[1]!.tokens).toEqual(cut < 0 ? second!.tokens : second!.tokens.slice(0, cut));
  });

  it('ends a row when stopWhen says so', async () => {
    const model = tinyModel(createReferenceBackend());
    const results = await generateTokens(model, {
      prompts: [[1, 2], [3]],
      maxNewTokens: 8,
      stopWhen: (row, tokens) => row === 1 && tokens.length === 2,
    });
    expect(results.map(({ tokens, finishReason }) => [tokens.length, finishReason])).toEqual([
      [8, 'length'],
      [2, 'stop'],
    ]);
  });

  it('samples the same from the same seed, and different from another', async () => {
    const model = tinyModel(createReferenceBackend());
    const sample = async (seed: number): Promise<number[]> =>
      (
        await generateTokens(model, {
          prompts: [[1, 2, 3]],
          maxNewTokens: 20,
          temperature: 1.5,
          topP: 0.95,
          rng: createRng(seed),
        })
      )[0]!.tokens;
    expect(await sample(1)).toEqual(await sample(1));
    expect(await sample(1)).not.toEqual(await sample(2));
  });

  it.each([
    ['an empty prompt', { prompts: [[]], maxNewTokens: 1 }, /no tokens/],
    ['more than the positions hold', { prompts: [[1]], maxNewTokens: 64 }, /do not fit into 64 positions/],
    ['a temperature without an rng', { prompts: [[1]], maxNewTokens: 1, temperature: 1 }, /needs an rng/],
    ['no new token', { prompts: [[1]], maxNewTokens: 0 }, /at least 1/],
  ])('refuses %s', async (_, options, message) => {
    await expect(generateTokens(tinyModel(createReferenceBackend()), options)).rejects.toThrow(message);
  });

  it('frees everything', async () => {
    const backend = createReferenceBackend();
    const model = tinyModel(backend);
    const before = backend.memory().tensors;
    await generateTokens(model, { prompts: [[1, 2]], maxNewTokens: 3 });
    expect(backend.memory().tensors).toBe(before);
  });
});
