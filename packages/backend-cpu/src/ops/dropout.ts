import type { DropoutArgs, DropoutSpec } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

/** out = drop(x), at addresses. */
export function dropAt(
  context: OpContext,
  { x, out, size, dropout }: { x: number; out: number; size: number; dropout: DropoutSpec },
): void {
  const { probability, seed, stream } = dropout;
  // word ≥ p·2³² and word ≥ ⌈p·2³²⌉ are the same for whole words.
  const threshold = Math.min(Math.ceil(probability * 2 ** 32), 0xffffffff);
  context.run('bz_dropout', [x, out, size, seed, stream, threshold, 1 / (1 - probability)]);
}

export function dropout(context: OpContext, { x, out, dropout: spec }: DropoutArgs): void {
  dropAt(context, { x: context.address(x), out: context.address(out), size: x.size, dropout: spec });
}
