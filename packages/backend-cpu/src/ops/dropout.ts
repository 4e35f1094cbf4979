import type { DropoutArgs, DropoutSpec } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

/** Seed, stream, threshold and factor of a DropoutMask of kernels/dropout.c; without dropout, what drops nothing. */
export function dropoutArguments(
  dropout: DropoutSpec | undefined,
): readonly [number, number, number, number] {
  if (!dropout) return [0, 0, 0, 1];
  const { probability, seed, stream } = dropout;
  // word ≥ p·2³² and word ≥ ⌈p·2³²⌉ are the same for whole words.
  const threshold = Math.min(Math.ceil(probability * 2 ** 32), 0xffffffff);
  return [seed, stream, threshold, 1 / (1 - probability)];
}

export function dropout(context: OpContext, { x, out, dropout: spec }: DropoutArgs): void {
  context.run('bz_dropout', [context.address(x), context.address(out), x.size, ...dropoutArguments(spec)]);
}
