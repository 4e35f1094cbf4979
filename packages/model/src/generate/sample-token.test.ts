import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { sampleToken } from './sample-token.ts';

const logits = Float32Array.from([Math.log(0.5), Math.log(0.3), Math.log(0.15), Math.log(0.05)]);

function frequencies(options: { temperature: number; topP?: number }): number[] {
  const rng = createRng(3);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 20_000; i++) counts[sampleToken(logits, { ...options, rng })]!++;
  return counts.map((count) => count / 20_000);
}

describe('sampleToken', () => {
  it('draws with the softmax probabilities', () => {
    frequencies({ temperature: 1 }).forEach((share, i) =>
      expect(share).toBeCloseTo([0.5, 0.3, 0.15, 0.05][i]!, 1.5),
    );
  });

  it('keeps the smallest set that reaches topP', () => {
    const [a, b, c, d] = frequencies({ temperature: 1, topP: 0.75 }) as [number, number, number, number];
    expect([c, d]).toEqual([0, 0]);
    expect(a / b).toBeCloseTo(0.5 / 0.3, 1);
  });

  it('sharpens with a low temperature', () => {
    expect(frequencies({ temperature: 0.1 })[0]).toBeGreaterThan(0.98);
  });

  it('never draws what has probability 0', () => {
    const impossible = Float32Array.from([-Infinity, 0, -Infinity]);
    for (let seed = 0; seed < 50; seed++)
      expect(sampleToken(impossible, { temperature: 1, rng: createRng(seed) })).toBe(1);
  });
});
