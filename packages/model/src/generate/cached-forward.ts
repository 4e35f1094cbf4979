import type { Tensor } from '@bezoar/backend';
import type { CausalLM, DecoderLayer } from '../causal-lm.ts';
import { linearForward, releaseLora } from '../forward/linear-pass.ts';
import type { PassContext } from '../forward/pass-context.ts';
import { mlpForward, releaseMlp } from '../forward/mlp-block.ts';
import { roundSize } from '../round-size.ts';
import type { Workspace } from '../workspace.ts';
import type { KvCache } from './kv-cache.ts';

export interface CachedForwardOptions {
  readonly model: CausalLM;
  readonly workspace: Workspace;
  readonly cache: KvCache;
  /** New tokens, with the cache slot and the position of each. A prompt is one slot with rising positions. */
  readonly ids: Int32Array<ArrayBuffer>;
  readonly slots: Int32Array<ArrayBuffer>;
  readonly positions: Int32Array<ArrayBuffer>;
  /** A slot that nobody reads, for rows that fill up to the next of few sizes. Without it there are none. */
  readonly spareSlot?: number | undefined;
}

/**
 * Runs new tokens through the decoder over the cache, and adds them to it. Returns the normed hidden states f32 [N, D],
 * which the caller releases; with a spare slot there may be more rows below.
 */
export function cachedForward(options: CachedForwardOptions): Tensor {
  const { model, workspace, cache } = options;
  const { backend, config } = model;
  const input = options.spareSlot === undefined ? options : fillUp(options, options.spareSlot);
  const tokens = input.ids.length;
  const ids = backend.upload('i32', [tokens], input.ids);
  const slots = backend.upload('i32', [tokens], input.slots);
  const positions = backend.upload('i32', [tokens], input.positions);
  const rows = backend.upload('i32', [tokens], cache.rows(input.slots, input.positions));
  // The parts of a pass that are used here never look at the layout of a packed batch.
  const context: PassContext = {
    model,
    workspace,
    tokens,
    positions,
    layout: { cuSeqlens: rows, batch: 0, maxSeqlen: 0 },
  };
  const take = (width: number): Tensor => workspace.take('f32', [tokens, width]);

  let x = take(config.hiddenSize);
  backend.gatherRows({ table: model.embedding, ids, out: x });
  model.layers.forEach((layer, index) => {
    const middle = take(config.hiddenSize);
    attend({ context, layer, cache: cache.layers[index]!, slots, rows }, { x, out: middle });
    const out = take(config.hiddenSize);
    releaseMlp(context, mlpForward(context, layer, { x: middle, out }));
    workspace.release(x, middle);
    x = out;
  });
  const hidden = take(config.hiddenSize);
  const rstd = take(1);
  backend.rmsNorm({ x, weight: model.finalNorm, eps: config.rmsNormEps, out: hidden, rstd });
  workspace.release(x, rstd);
  for (const tensor of [ids, slots, positions, rows]) tensor.dispose();
  return hidden;
}

type CachedRows = Pick<CachedForwardOptions, 'ids' | 'slots' | 'positions'>;

/** More rows, up to the next of few sizes: token 0, at the first positions of the spare slot. */
function fillUp({ ids, slots, positions }: CachedRows, spareSlot: number): CachedRows {
  const own = ids.length;
  const all = roundSize(own);
  const fill = (values: Int32Array, filler: (index: number) => number): Int32Array<ArrayBuffer> =>
    Int32Array.from({ length: all }, (_, n) => (n < own ? values[n]! : filler(n - own)));
  return {
    ids: fill(ids, () => 0),
    slots: fill(slots, () => spareSlot),
    positions: fill(positions, (index) => index),
  };
}

interface AttendScope {
  readonly context: PassContext;
  readonly layer: DecoderLayer;
  readonly cache: { readonly k: Tensor; readonly v: Tensor };
  readonly slots: Tensor;
  readonly rows: Tensor;
}

function attend(
  { context, layer, cache, slots, rows }: AttendScope,
  io: { readonly x: Tensor; readonly out: Tensor },
): void {
  const { model, workspace, tokens, positions } = context;
  const { backend, config, rope } = model;
  const take = (width: number): Tensor => workspace.take('f32', [tokens, width]);
  const queryWidth = config.numHeads * config.headDim;
  const keyWidth = config.numKvHeads * config.headDim;

  const rstd = take(1);
  const normed = take(config.hiddenSize);
  backend.rmsNorm({ x: io.x, weight: layer.inputNorm, eps: config.rmsNormEps, out: normed, rstd });
  const project = (part: 'q' | 'k' | 'v', width: number): Tensor => {
    const out = take(width);
    releaseLora(context, [linearForward(context, { layer: layer[part], x: normed, out })]);
    return out;
  };
  const prepare = (x: Tensor, heads: number, weight: Tensor | undefined): Tensor => {
    let ready = x;
    if (weight !== undefined) {
      ready = workspace.take('f32', x.shape);
      const headRstd = take(heads);
      backend.rmsNorm({ x, weight, eps: config.rmsNormEps, out: ready, rstd: headRstd });
      workspace.release(x, headRstd);
    }
    backend.rope({ x: ready, heads, positions, cos: rope.cos, sin: rope.sin });
    return ready;
  };
  const q = prepare(project('q', queryWidth), config.numHeads, layer.qNorm);
  const k = prepare(project('k', keyWidth), config.numKvHeads, layer.kNorm);
  const v = project('v', keyWidth);
  backend.scatterRows({ src: k, ids: rows, dst: cache.k });
  backend.scatterRows({ src: v, ids: rows, dst: cache.v });

  const attended = take(queryWidth);
  backend.cachedAttention({
    q,
    kCache: cache.k,
    vCache: cache.v,
    slots,
    positions,
    heads: config.numHeads,
    kvHeads: config.numKvHeads,
    scale: 1 / Math.sqrt(config.headDim),
    ...(config.slidingWindow === undefined ? {} : { window: config.slidingWindow }),
    out: attended,
  });
  backend.copy({ src: io.x, dst: io.out });
  releaseLora(context, [
    linearForward(context, { layer: layer.o, x: attended, out: io.out, accumulate: true }),
  ]);
  workspace.release(rstd, normed, q, k, v, attended);
}
