import { philox4x32, type DropoutSpec, type NoiseSpec } from '@bezoar/backend';

/*
 * Philox multiplies 32-bit words into 64-bit ones. Kernels of gpu.js have 24 exact bits, so the words are made on the host and
 * handed to the kernels as data.
 */

/** 0 where an element is dropped, 1/(1 − probability) where it is kept. */
export function dropoutMask(size: number, { probability, seed, stream }: DropoutSpec): Float32Array {
  const threshold = probability * 2 ** 32;
  const kept = 1 / (1 - probability);
  return fromWords(size, { seed, stream }, (word) => (word >= threshold ? kept : 0));
}

/** Uniform in [−1, 1), with 24 bits: exact in f32. */
export function uniformNoise(size: number, spec: NoiseSpec): Float32Array {
  return fromWords(size, spec, (word) => (word >>> 8) / 2 ** 23 - 1);
}

function fromWords(size: number, { seed, stream }: NoiseSpec, value: (word: number) => number): Float32Array {
  const values = new Float32Array(size);
  for (let group = 0; group * 4 < size; group++) {
    const words = philox4x32([group, stream, 0, 0], [seed, 0]);
    for (let lane = 0; lane < 4 && group * 4 + lane < size; lane++)
      values[group * 4 + lane] = value(words[lane]!);
  }
  return values;
}
