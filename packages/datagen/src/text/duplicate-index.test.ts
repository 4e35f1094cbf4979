import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { createDuplicateIndex } from './duplicate-index.ts';
import { rougeL, rougeTokens } from './rouge-l.ts';

describe('createDuplicateIndex', () => {
  it('folds case and space for exact repeats', () => {
    const index = createDuplicateIndex();
    index.add('What  color is\nit?');
    expect(index.find('what color is it?')).toEqual({ kind: 'duplicate', of: 'What  color is\nit?' });
  });

  it('finds what a comparison with every text finds', () => {
    const words = ['red', 'blue', 'green', 'dog', 'cat', 'runs', 'sleeps'];
    const rng = createRng(11);
    const texts = Array.from({ length: 250 }, () =>
      Array.from({ length: 2 + rng.int(7) }, () => rng.pick(words)).join(' '),
    );
    for (const threshold of [0.5, 0.7, 0.9]) {
      const index = createDuplicateIndex({ threshold });
      const kept: string[] = [];
      for (const text of texts) {
        const slow = kept.some(
          (other) => other === text || rougeL(rougeTokens(other), rougeTokens(text)).fmeasure > threshold,
        );
        expect(index.find(text) !== undefined, text).toBe(slow);
        if (slow) continue;
        index.add(text);
        kept.push(text);
      }
    }
  });

  it('at threshold 1 finds exact repeats only', () => {
    const index = createDuplicateIndex({ threshold: 1 });
    index.add('a b c');
    expect(index.find('a, b, c')).toBeUndefined();
    expect(index.find('A b c')?.kind).toBe('duplicate');
  });
});
