import { failAt } from './require.ts';

/*
 * Checks of values, for backends whose data lies on the host. Devices cannot afford them: there an index out of range is
 * undefined behaviour, and these backends are where a wrong program is found.
 */

/** Every index must be in 0 … limit − 1. `place` is `op.argument`. */
export function checkIndices(place: string, indices: Int32Array, limit: number): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (index < 0 || index >= limit) failAt(`${place}[${i}]`, String(index), `in 0 … ${limit - 1}`);
  }
}

/** Like checkIndices, but negative ones are allowed: targets to be ignored. */
export function checkTargets(place: string, targets: Int32Array, limit: number): void {
  for (let i = 0; i < targets.length; i++) {
    if (targets[i]! >= limit)
      failAt(`${place}[${i}]`, String(targets[i]), `below ${limit}, or negative to be ignored`);
  }
}

/** cuSeqlens must start at 0, never fall, end at the number of tokens, and keep to maxSeqlen. */
export function checkCuSeqlens(
  place: string,
  cuSeqlens: Int32Array,
  expected: { readonly tokens: number; readonly maxSeqlen: number },
): void {
  if (cuSeqlens[0] !== 0) failAt(`${place}[0]`, String(cuSeqlens[0]), '0');
  for (let b = 0; b + 1 < cuSeqlens.length; b++) {
    const length = cuSeqlens[b + 1]! - cuSeqlens[b]!;
    if (length < 0) failAt(`${place}[${b + 1}]`, String(cuSeqlens[b + 1]), `at least ${cuSeqlens[b]!}`);
    if (length > expected.maxSeqlen)
      failAt(
        `${place}[${b + 1}]`,
        `the end of ${length} tokens`,
        `at most maxSeqlen = ${expected.maxSeqlen} tokens`,
      );
  }
  const end = cuSeqlens[cuSeqlens.length - 1];
  if (end !== expected.tokens)
    failAt(`${place}[${cuSeqlens.length - 1}]`, String(end), `the number of tokens, ${expected.tokens}`);
}
