import { describe, expect, it } from 'vitest';
import { drawFewshot } from './draw-fewshot.ts';
import { createPythonRandom } from './python-random.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

// Made with CPython 3.11: random.Random(1234).
describe('createPythonRandom', () => {
  it('gives the words of MT19937', () => {
    const random = createPythonRandom(1234);
    expect(range(4).map(() => random.bits(32))).toEqual([4150886329, 3342196574, 1892932127, 501869158]);
  });

  it('samples from small and from large populations, one draw after another', () => {
    const arc = createPythonRandom(1234);
    expect(arc.sample(range(1119), 5)).toEqual([902, 239, 15, 185, 71]);
    expect(arc.sample(range(1119), 5)).toEqual([171, 201, 726, 484, 35]);
    expect(createPythonRandom(1234).sample(range(7), 3)).toEqual([6, 3, 0]);
  });

  it('takes seeds beyond 32 bits and negative ones', () => {
    expect(createPythonRandom(2 ** 40 + 5).random()).toBe(0.5043802970418443);
    expect(createPythonRandom(-5).random()).toBe(createPythonRandom(5).random());
  });

  it('refuses a sample larger than the population', () => {
    expect(() => createPythonRandom(1).sample([1, 2], 3)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    );
  });
});

describe('drawFewshot', () => {
  const pool = range(39905).map((index) => ({ text: `t${index}`, identity: `d${index}` }));
  it('draws one more and drops it, or the document itself', () => {
    const draw = (): string[] => {
      const scope = { random: createPythonRandom(1234), pool, count: 10, sameSplit: true };
      drawFewshot(scope, 'none');
      return drawFewshot(scope, 'd22681').map(({ identity }) => identity.slice(1));
    };
    // The second draw of 11 begins 2019, 1038, 22681, 31735, …
    expect(draw().map(Number)).toEqual([
      2019,
      1038,
      31735,
      30379,
      9735,
      5982,
      11999,
      7498,
      958,
      expect.any(Number),
    ]);
  });

  // Made with ContextSampler of lm-eval 0.4.13 on a pool in which one row stands three times.
  const repeated = Array.from('aaabcdef', (letter) => ({ text: letter, identity: letter }));
  const drawAll = (sameSplit: boolean): string[] => {
    const scope = { random: createPythonRandom(1234), pool: repeated, count: 3, sameSplit };
    return Array.from('aaab', (letter) =>
      drawFewshot(scope, letter)
        .map(({ text }) => text)
        .join(''),
    );
  };

  it('draws again where equal rows leave too few', () => {
    expect(drawAll(true)).toEqual(['fed', 'def', 'bfe', 'dfc']);
  });

  it('leaves nothing out of the pool of another split', () => {
    expect(drawAll(false)).toEqual(['fae', 'aec', 'ade', 'aaa']);
  });

  it('draws nothing, and leaves the generator alone, without shots', () => {
    const random = createPythonRandom(1);
    expect(drawFewshot({ random, pool, count: 0, sameSplit: true }, 'd1')).toEqual([]);
    expect(random.bits(32)).toBe(createPythonRandom(1).bits(32));
  });
});
