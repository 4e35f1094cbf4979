import { createRng } from '@bezoar/core';

/** A block of random values, repeated: products do not care, and drawing 27 million takes longer than multiplying them. */
export function repeatedNoise(size: number): Float32Array<ArrayBuffer> {
  const rng = createRng(1);
  const block = Float32Array.from({ length: 65_521 }, () => rng.next() - 0.5);
  const values = new Float32Array(size);
  for (let at = 0; at < size; at += block.length) values.set(block.subarray(0, size - at), at);
  return values;
}
