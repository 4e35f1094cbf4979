import type { DropoutArgs, DropoutSpec } from '@bezoar/backend';
import { gridOver, type OpContext } from './op-context.ts';

/** Seed, stream, threshold and scale, as the kernels take them; without dropout everything is kept. */
export function dropoutArguments(spec: DropoutSpec | undefined): readonly [number, number, number, number] {
  if (!spec) return [0, 0, 0, 1];
  const { probability, seed, stream } = spec;
  // word ≥ p·2³² and word ≥ ⌈p·2³²⌉ are the same for whole words.
  const threshold = Math.min(Math.ceil(probability * 2 ** 32), 0xffffffff);
  return [seed, stream, threshold, 1 / (1 - probability)];
}

interface AddressedDropout {
  readonly x: number;
  readonly out: number;
  readonly size: number;
  readonly dropout: DropoutSpec;
}

/** out = drop(x), at addresses; with `accumulate`, out += drop(x). */
export function dropAt(
  context: OpContext,
  { x, out, size, dropout }: AddressedDropout,
  accumulate = false,
): void {
  const grid = gridOver(context, size / 4);
  context.launch(accumulate ? 'addDropped' : 'dropout', grid, [x, out, size, ...dropoutArguments(dropout)]);
}

export function dropout(context: OpContext, { x, out, dropout: spec }: DropoutArgs): void {
  dropAt(context, { x: context.address(x), out: context.address(out), size: x.size, dropout: spec });
}
