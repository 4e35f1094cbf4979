import { checkCuSeqlens, type AttentionArgs, type AttentionBackwardArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

/** Greatest head size that the tiles of kernels/block-gemm.h hold. */
export const MAX_HEAD_DIM = 256;

export function attention(context: OpContext, args: AttentionArgs): void {
  const { q, k, v, out, lse, heads, kvHeads, scale, layout, window = 0 } = args;
  if (q.size === 0) return;
  checkLayout(context, 'attention', args);
  const tensors = [q, k, v, out, lse].map((tensor) => context.address(tensor));
  context.run('bz_attention', [
    ...tensors,
    heads,
    kvHeads,
    q.size / lse.size,
    scale,
    context.address(layout.cuSeqlens),
    layout.batch,
    layout.maxSeqlen,
    window,
  ]);
}

export function attentionBackward(context: OpContext, args: AttentionBackwardArgs): void {
  const { q, k, v, out, lse, dOut, dQ, dK, dV, heads, kvHeads, scale, layout, window = 0 } = args;
  if (q.size === 0) return;
  checkLayout(context, 'attentionBackward', args);
  const tensors = [q, k, v, out, lse, dOut, dQ, dK, dV].map((tensor) => context.address(tensor));
  context.run('bz_attention_backward', [
    ...tensors,
    heads,
    kvHeads,
    q.size / lse.size,
    scale,
    context.address(layout.cuSeqlens),
    layout.batch,
    window,
  ]);
}

function checkLayout(context: OpContext, op: string, { lse, heads, layout }: AttentionArgs): void {
  const expected = { tokens: lse.size / heads, maxSeqlen: layout.maxSeqlen };
  checkCuSeqlens(`${op}.layout.cuSeqlens`, context.readI32(layout.cuSeqlens), expected);
}
