import type { Tensor } from '@bezoar/backend';
import type { DecoderLayer } from '../causal-lm.ts';
import { linearBackward, linearForward, releaseLora, type LoraState } from './linear-pass.ts';
import type { GradientSink, PassContext } from './pass-context.ts';

/** What the backward pass of the attention half of a layer needs. */
export interface AttentionState {
  readonly rstd: Tensor;
  readonly normed: Tensor;
  /** Rotated, normed (Qwen3) queries and keys; values. */
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  /** Queries and keys before their per-head norm, with the norm's rstd (Qwen3). */
  readonly headNorm?: {
    readonly q: Tensor;
    readonly k: Tensor;
    readonly qRstd: Tensor;
    readonly kRstd: Tensor;
  };
  readonly attended: Tensor;
  readonly lse: Tensor;
  readonly lora: { readonly [Part in 'q' | 'k' | 'v' | 'o']: LoraState | undefined };
}

/** out = x + o(attention(rope(q), rope(k), v)) of rmsNorm(x). x, out: f32 [T, D]. */
export function attentionForward(
  context: PassContext,
  layer: DecoderLayer,
  { x, out }: { readonly x: Tensor; readonly out: Tensor },
): AttentionState {
  const { model, workspace, tokens, layout } = context;
  const { backend, config } = model;
  const queryWidth = config.numHeads * config.headDim;
  const keyWidth = config.numKvHeads * config.headDim;
  const take = (width: number): Tensor => workspace.take('f32', [tokens, width]);

  const rstd = take(1);
  const normed = take(config.hiddenSize);
  backend.rmsNorm({ x, weight: layer.inputNorm, eps: config.rmsNormEps, out: normed, rstd });

  const projected = { q: take(queryWidth), k: take(keyWidth), v: take(keyWidth) };
  const lora = {
    q: linearForward(context, { layer: layer.q, x: normed, out: projected.q }),
    k: linearForward(context, { layer: layer.k, x: normed, out: projected.k }),
    v: linearForward(context, { layer: layer.v, x: normed, out: projected.v }),
  };
  const { q, k, headNorm } = normHeads(context, layer, projected);
  rotate(context, { q, k });

  const attended = take(queryWidth);
  const lse = take(config.numHeads);
  backend.attention({
    q,
    k,
    v: projected.v,
    heads: config.numHeads,
    kvHeads: config.numKvHeads,
    scale: 1 / Math.sqrt(config.headDim),
    layout,
    ...(config.slidingWindow === undefined ? {} : { window: config.slidingWindow }),
    out: attended,
    lse,
  });
  backend.copy({ src: x, dst: out });
  const o = linearForward(context, { layer: layer.o, x: attended, out, accumulate: true });
  return {
    rstd,
    normed,
    q,
    k,
    v: projected.v,
    ...(headNorm === undefined ? {} : { headNorm }),
    attended,
    lse,
    lora: { ...lora, o },
  };
}

export interface AttentionBackwardArgs {
  readonly x: Tensor;
  readonly state: AttentionState;
  /** Gradient of the residual stream: of `out` on entry, of `x` on return. In place. */
  readonly dStream: Tensor;
  readonly gradients: GradientSink;
  /** False at the lowest layer of a frozen model: nothing below learns. */
  readonly needsInput: boolean;
}

export function attentionBackward(
  context: PassContext,
  layer: DecoderLayer,
  args: AttentionBackwardArgs,
): void {
  const { model, workspace, tokens, layout } = context;
  const { backend, config } = model;
  const { x, state, dStream, gradients, needsInput } = args;
  const queryWidth = config.numHeads * config.headDim;
  const keyWidth = config.numKvHeads * config.headDim;
  const take = (width: number): Tensor => workspace.take('f32', [tokens, width]);

  const dAttended = take(queryWidth);
  linearBackward(context, {
    layer: layer.o,
    x: state.attended,
    lora: state.lora.o,
    dOut: dStream,
    dX: dAttended,
    gradients,
  });

  const dQ = take(queryWidth);
  const dK = take(keyWidth);
  const dV = take(keyWidth);
  backend.attentionBackward({
    q: state.q,
    k: state.k,
    v: state.v,
    heads: config.numHeads,
    kvHeads: config.numKvHeads,
    scale: 1 / Math.sqrt(config.headDim),
    layout,
    ...(config.slidingWindow === undefined ? {} : { window: config.slidingWindow }),
    out: state.attended,
    lse: state.lse,
    dOut: dAttended,
    dQ,
    dK,
    dV,
  });
  rotate(context, { q: dQ, k: dK, inverse: true });
  const projected = normHeadsBackward(context, layer, { state, dQ, dK, gradients });

  const dNormed = needsInput ? take(config.hiddenSize) : undefined;
  const common = { x: state.normed, dX: dNormed, gradients };
  linearBackward(context, { ...common, layer: layer.q, lora: state.lora.q, dOut: projected.dQ });
  linearBackward(context, {
    ...common,
    layer: layer.k,
    lora: state.lora.k,
    dOut: projected.dK,
    accumulate: true,
  });
  linearBackward(context, { ...common, layer: layer.v, lora: state.lora.v, dOut: dV, accumulate: true });
  if (dNormed !== undefined) {
    const dWeight = gradients.full?.get(layerNormName(layer, 'input_layernorm'));
    backend.rmsNormBackward({
      x,
      weight: layer.inputNorm,
      rstd: state.rstd,
      dOut: dNormed,
      dX: dStream,
      ...(dWeight === undefined ? {} : { dWeight }),
    });
  }
  workspace.release(dAttended, projected.dQ, projected.dK, dV, dNormed);
}

export function releaseAttention(context: PassContext, state: AttentionState): void {
  const { workspace } = context;
  workspace.release(state.rstd, state.normed, state.q, state.k, state.v, state.attended, state.lse);
  workspace.release(...Object.values(state.headNorm ?? {}));
  releaseLora(context, Object.values(state.lora));
}

/** `model.layers.3.self_attn.q_proj` → `model.layers.3.<name>.weight`. */
export function layerNormName(layer: DecoderLayer, name: string): string {
  return `${layer.q.name.replace('self_attn.q_proj', name)}.weight`;
}

function rotate(
  context: PassContext,
  args: { readonly q: Tensor; readonly k: Tensor; readonly inverse?: boolean },
): void {
  const { backend, config, rope } = context.model;
  const common = {
    positions: context.positions,
    cos: rope.cos,
    sin: rope.sin,
    inverse: args.inverse ?? false,
  };
  backend.rope({ ...common, x: args.q, heads: config.numHeads });
  backend.rope({ ...common, x: args.k, heads: config.numKvHeads });
}

type HeadNorm = NonNullable<AttentionState['headNorm']>;

function normHeads(
  context: PassContext,
  layer: DecoderLayer,
  projected: { readonly q: Tensor; readonly k: Tensor },
): { readonly q: Tensor; readonly k: Tensor; readonly headNorm?: HeadNorm } {
  if (layer.qNorm === undefined || layer.kNorm === undefined) return projected;
  const { model, workspace, tokens } = context;
  const { config, backend } = model;
  const apply = (x: Tensor, weight: Tensor, heads: number): { out: Tensor; rstd: Tensor } => {
    const out = workspace.take('f32', x.shape);
    const rstd = workspace.take('f32', [tokens, heads]);
    backend.rmsNorm({ x, weight, eps: config.rmsNormEps, out, rstd });
    return { out, rstd };
  };
  const q = apply(projected.q, layer.qNorm, config.numHeads);
  const k = apply(projected.k, layer.kNorm, config.numKvHeads);
  return { q: q.out, k: k.out, headNorm: { q: projected.q, k: projected.k, qRstd: q.rstd, kRstd: k.rstd } };
}

interface HeadNormBackwardArgs {
  readonly state: AttentionState;
  readonly dQ: Tensor;
  readonly dK: Tensor;
  readonly gradients: GradientSink;
}

/** Gives back the gradients of the projections; dQ and dK are released when they are not those. */
function normHeadsBackward(
  { model, workspace }: PassContext,
  layer: DecoderLayer,
  { state, dQ, dK, gradients }: HeadNormBackwardArgs,
): { readonly dQ: Tensor; readonly dK: Tensor } {
  const { headNorm } = state;
  if (headNorm === undefined || layer.qNorm === undefined || layer.kNorm === undefined) return { dQ, dK };
  const backwards = (
    name: string,
    args: { x: Tensor; weight: Tensor; rstd: Tensor; dOut: Tensor },
  ): Tensor => {
    const dX = workspace.take('f32', args.x.shape);
    model.backend.fill({ out: dX, value: 0 });
    const dWeight = gradients.full?.get(layerNormName(layer, name));
    model.backend.rmsNormBackward({ ...args, dX, ...(dWeight === undefined ? {} : { dWeight }) });
    workspace.release(args.dOut);
    return dX;
  };
  return {
    dQ: backwards('self_attn.q_norm', { x: headNorm.q, weight: layer.qNorm, rstd: headNorm.qRstd, dOut: dQ }),
    dK: backwards('self_attn.k_norm', { x: headNorm.k, weight: layer.kNorm, rstd: headNorm.kRstd, dOut: dK }),
  };
}
