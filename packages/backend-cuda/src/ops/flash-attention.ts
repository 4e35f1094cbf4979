import type { AttentionArgs, AttentionBackwardArgs, Tensor } from '@bezoar/backend';
import { dropoutArguments } from './dropout.ts';
import { gridOver, type OpContext } from './op-context.ts';

/** Rows that a block owns: QUERIES and OWN of the kernels. */
const TILE = 64;
/** Head sizes of the kernels; others are padded with zeros. */
const paddedSizes = [64, 96, 112, 128] as const;
type PaddedSize = (typeof paddedSizes)[number];

/** Whether the kernels on the tensor cores take heads of that size. */
export function fitsFlash(headDim: number): boolean {
  return headDim <= paddedSizes.at(-1)!;
}

/** attention on the tensor cores. */
export function flashAttention(context: OpContext, args: AttentionArgs): void {
  const { q, k, v, out, lse, heads } = args;
  const { padded, shared, layout, grid } = shapeOf(context, args);
  withPackedHeads(context, { tensors: [q, k, v], args, padded }, (packed) => {
    const outputs = [context.address(out), context.address(lse)];
    context.launch(`flash${padded}`, { blocks: grid(heads), shared }, [...packed, ...outputs, ...layout]);
  });
}

/** attentionBackward on the tensor cores; `delta` is the address of rowsum(dOut ⊙ out). */
export function flashAttentionBackward(context: OpContext, args: AttentionBackwardArgs, delta: number): void {
  const { q, k, v, lse, dOut, dQ, dK, dV, heads, kvHeads } = args;
  const { padded, shared, layout, grid } = shapeOf(context, args);
  withPackedHeads(context, { tensors: [q, k, v, dOut], args, padded }, (packed) => {
    const inputs = [...packed.slice(0, 3), context.address(lse), delta, packed[3]!];
    const toQueries = [...inputs, context.address(dQ), ...layout];
    context.launch(`flashDQ${padded}`, { blocks: grid(heads), shared }, toQueries);
    const toKeys = [...inputs, context.address(dK), context.address(dV), ...layout];
    context.launch(`flashDKv${padded}`, { blocks: grid(kvHeads), shared }, toKeys);
  });
}

interface Heads {
  readonly tensors: readonly Tensor[];
  readonly args: AttentionArgs;
  readonly padded: PaddedSize;
}

/** bf16 copies of [T, heads, d] with heads padded to a kernel's size. */
function withPackedHeads(
  context: OpContext,
  { tensors, args, padded }: Heads,
  use: (addresses: readonly number[]) => void,
): void {
  const headDim = args.q.size / args.lse.size;
  const bytes = tensors.map(({ size }) => Math.ceil(((size / headDim) * padded * 2) / 256) * 256);
  context.scratch(
    bytes.reduce((sum, more) => sum + more, 0),
    (base) => {
      let address = base;
      const packed = tensors.map((tensor, index) => {
        const own = address;
        const sizes = [tensor.size / headDim, headDim, padded];
        context.launchReading('packBf16', gridOver(context, tensor.size / 4), [
          context.address(tensor),
          own,
          ...sizes,
          ...dropoutArguments(undefined),
        ]);
        address += bytes[index]!;
        return own;
      });
      use(packed);
    },
  );
}

interface FlashShape {
  readonly padded: PaddedSize;
  /** Bytes of shared memory: 256 rows of bf16, eight elements longer than a head. */
  readonly shared: number;
  /** The parameters of the layout, from `cuSeqlens` to `window`. */
  readonly layout: readonly number[];
  readonly grid: (heads: number) => readonly [number, number, number];
}

function shapeOf(context: OpContext, args: AttentionArgs): FlashShape {
  const { q, lse, heads, kvHeads, scale, window = 0, layout } = args;
  const headDim = q.size / lse.size;
  const padded = paddedSizes.find((size) => size >= headDim)!;
  return {
    padded,
    shared: 256 * (padded + 8) * 2,
    layout: [context.address(layout.cuSeqlens), heads, kvHeads, headDim, scale, window],
    grid: (count) => [Math.ceil(layout.maxSeqlen / TILE), count, layout.batch],
  };
}
