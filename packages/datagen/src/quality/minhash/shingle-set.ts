import { extendHash, hashWord } from '../hash-words.ts';
import { words } from '../words.ts';

/**
 * The distinct runs of `size` words of a text as sorted 32-bit hashes. A shorter text is one shingle, all its words; a text
 * without words has none. Two different shingles share a hash with probability 2⁻³².
 */
export function shingleSet(text: string, size: number): Uint32Array {
  const hashes = words(text).map(hashWord);
  if (hashes.length === 0) return new Uint32Array();
  const runs = Math.max(1, hashes.length - size + 1);
  const length = Math.min(size, hashes.length);
  const shingles = new Uint32Array(runs);
  for (let start = 0; start < runs; start++) {
    let hash = 0;
    for (let i = start; i < start + length; i++) hash = extendHash(hash, hashes[i]!);
    shingles[start] = hash;
  }
  return distinct(shingles.sort());
}

function distinct(sorted: Uint32Array): Uint32Array {
  let count = 0;
  for (let i = 0; i < sorted.length; i++)
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i]!;
  return sorted.subarray(0, count);
}
