import { checkCuSeqlens, type AttentionArgs, type AttentionBackwardArgs } from '@bezoar/backend';
import { fitsFlash, flashAttention, flashAttentionBackward } from './flash-attention.ts';
import type { OpContext } from './op-context.ts';

/** Greatest head size that the kernels' registers hold. */
export const MAX_HEAD_DIM = 256;
const FLOAT = 4;

export function attention(context: OpContext, args: AttentionArgs): void {
  const { q, k, v, out, lse } = args;
  if (q.size === 0) return;
  checkLayout(context, 'attention', args);
  if (context.bf16 && fitsFlash(q.size / lse.size)) {
    flashAttention(context, args);
    return;
  }
  const { tile, headDim, grid, layout } = shapeOf(context, args, args.heads);
  const shared = 2 * tile * (headDim + 1) + tile * (tile + 1) + 3 * tile;
  const pointers = [q, k, v, out, lse].map((tensor) => context.address(tensor));
  context.launch(`attention${tile}`, { blocks: grid, shared: shared * FLOAT }, [...pointers, ...layout]);
}

export function attentionBackward(context: OpContext, args: AttentionBackwardArgs): void {
  const { q, k, v, out, lse, dOut, dQ, dK, dV, heads, kvHeads } = args;
  if (q.size === 0) return;
  checkLayout(context, 'attentionBackward', args);
  const rows = lse.size;
  context.scratch(rows * FLOAT, (delta) => {
    const headDim = q.size / rows;
    const [first, slope] = [context.address(out), context.address(dOut)];
    context.launch('attentionDelta', [Math.ceil(rows / 256)], [first, slope, delta, rows, headDim]);
    if (context.bf16 && fitsFlash(headDim)) {
      flashAttentionBackward(context, args, delta);
      return;
    }
    const { tile, grid, layout } = shapeOf(context, args, heads);
    const inputs = [...[q, k, v, lse].map((tensor) => context.address(tensor)), delta, slope];
    const tiles = 4 * tile * (headDim + 1);
    const square = tile * (tile + 1);
    context.launch(`attentionDQ${tile}`, { blocks: grid, shared: (tiles + square) * FLOAT }, [
      ...inputs,
      context.address(dQ),
      ...layout,
    ]);
    const blocks = shapeOf(context, args, kvHeads).grid;
    context.launch(`attentionDKv${tile}`, { blocks, shared: (tiles + 2 * square) * FLOAT }, [
      ...inputs,
      context.address(dK),
      context.address(dV),
      ...layout,
    ]);
  });
}

function checkLayout(context: OpContext, op: string, { lse, heads, layout }: AttentionArgs): void {
  const expected = { tokens: lse.size / heads, maxSeqlen: layout.maxSeqlen };
  checkCuSeqlens(`${op}.layout.cuSeqlens`, context.readI32(layout.cuSeqlens), expected);
}

/** Tiles of 32 rows for common heads, of 16 where shared memory and registers would not do; a block per tile, head and sequence. */
function shapeOf(
  context: OpContext,
  { q, lse, heads, kvHeads, scale, window = 0, layout }: AttentionArgs,
  blocksOfHeads: number,
): {
  readonly tile: 16 | 32;
  readonly headDim: number;
  readonly grid: readonly [number, number, number];
  /** The parameters of the layout, from `cuSeqlens` to `window`. */
  readonly layout: readonly number[];
} {
  const headDim = q.size / lse.size;
  const tile = headDim <= 128 ? 32 : 16;
  return {
    tile,
    headDim,
    grid: [Math.ceil(layout.maxSeqlen / tile), blocksOfHeads, layout.batch],
    layout: [context.address(layout.cuSeqlens), heads, kvHeads, headDim, scale, window],
  };
}
