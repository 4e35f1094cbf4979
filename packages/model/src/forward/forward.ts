import type { Tensor } from '@bezoar/backend';
import type { CausalLM } from '../causal-lm.ts';
import type { LoraDropout } from '../lora/lora-adapter.ts';
import { updateDoraNorms } from '../lora/update-dora-norms.ts';
import type { TokenBatch } from '../token-batch.ts';
import type { Workspace } from '../workspace.ts';
import {
  attentionBackward,
  attentionForward,
  releaseAttention,
  type AttentionState,
} from './attention-block.ts';
import { addEmbeddingNoise, type EmbeddingNoise } from './embedding-noise.ts';
import { mlpBackward, mlpForward, releaseMlp, type MlpState } from './mlp-block.ts';
import type { GradientSink, PassContext } from './pass-context.ts';

export interface ForwardOptions {
  readonly model: CausalLM;
  readonly batch: TokenBatch;
  readonly workspace: Workspace;
  /**
   * What is kept for `backward`: nothing (scoring), everything (fastest), or the input of each layer only, the rest
   * being computed again (gradient checkpointing, Chen et al. 2016).
   */
  readonly keep: 'nothing' | 'everything' | 'layer-inputs';
  readonly dropout?: LoraDropout | undefined;
  /** Noise on the embeddings, while training. The gradient passes it unchanged. */
  readonly noise?: EmbeddingNoise | undefined;
}

export interface ForwardPass {
  readonly context: PassContext;
  /** f32 [T, D]: after the final norm, input of the output layer. */
  readonly hidden: Tensor;
  readonly rstd: Tensor;
  /** Input of the final norm. */
  readonly last: Tensor;
  readonly layers: readonly LayerState[];
  /** Gives all buffers back. `backward` does it too. */
  release(): void;
}

interface LayerState {
  /** Input of the layer; the output is the next one's input. */
  readonly x: Tensor;
  readonly inner?: LayerInner | undefined;
}

interface LayerInner {
  readonly middle: Tensor;
  readonly attention: AttentionState;
  readonly mlp: MlpState;
}

/** The decoder up to the final norm: hidden = norm(layers(embedding[ids])). */
export function forward(options: ForwardOptions): ForwardPass {
  const { model, batch, workspace, keep } = options;
  const { backend, config } = model;
  const context: PassContext = {
    model,
    workspace,
    tokens: batch.tokens,
    positions: batch.positions,
    layout: batch.layout,
    dropout: options.dropout,
  };
  const takeStream = (): Tensor => workspace.take('f32', [batch.tokens, config.hiddenSize]);
  updateDoraNorms(model);

  let x = takeStream();
  backend.gatherRows({ table: model.embedding, ids: batch.ids, out: x });
  if (options.noise !== undefined) addEmbeddingNoise({ model, batch, x, noise: options.noise });
  const layers: LayerState[] = [];
  model.layers.forEach((_, index) => {
    const out = takeStream();
    const inner = layerForward(context, index, { x, out });
    if (keep === 'everything') layers.push({ x, inner });
    else {
      releaseInner(context, inner);
      if (keep === 'layer-inputs') layers.push({ x });
      else workspace.release(x);
    }
    x = out;
  });
  const hidden = takeStream();
  const rstd = workspace.take('f32', [batch.tokens, 1]);
  backend.rmsNorm({ x, weight: model.finalNorm, eps: config.rmsNormEps, out: hidden, rstd });
  const last = x;
  return {
    context,
    hidden,
    rstd,
    last,
    layers,
    release() {
      workspace.release(hidden, rstd, last);
      for (const { x: input, inner } of layers) {
        workspace.release(input);
        if (inner !== undefined) releaseInner(context, inner);
      }
    },
  };
}

export interface BackwardOptions {
  readonly pass: ForwardPass;
  readonly batch: TokenBatch;
  /** f32 [T, D]: ∂loss/∂hidden. */
  readonly dHidden: Tensor;
  readonly gradients: GradientSink;
}

/** Adds ∂loss/∂parameter to every tensor of the sink, and releases the pass. */
export function backward({ pass, batch, dHidden, gradients }: BackwardOptions): void {
  const { context } = pass;
  const { model, workspace } = context;
  const { backend, config } = model;
  const full = gradients.full;

  const dStream = workspace.take('f32', [context.tokens, config.hiddenSize]);
  backend.fill({ out: dStream, value: 0 });
  const dFinalNorm = full?.get('model.norm.weight');
  backend.rmsNormBackward({
    x: pass.last,
    weight: model.finalNorm,
    rstd: pass.rstd,
    dOut: dHidden,
    dX: dStream,
    ...(dFinalNorm === undefined ? {} : { dWeight: dFinalNorm }),
  });
  workspace.release(pass.hidden, pass.rstd, pass.last);

  for (let index = model.layers.length - 1; index >= 0; index--) {
    const layer = model.layers[index]!;
    const { x, inner: kept } = pass.layers[index]!;
    const inner = kept ?? recompute(context, index, x);
    mlpBackward(context, layer, { x: inner.middle, state: inner.mlp, dStream, gradients });
    const needsInput = index > 0 || learnsBelow(full);
    attentionBackward(context, layer, { x, state: inner.attention, dStream, gradients, needsInput });
    releaseInner(context, inner);
    workspace.release(x);
  }
  const dEmbedding = full?.get('model.embed_tokens.weight');
  if (dEmbedding !== undefined) backend.scatterAddRows({ src: dStream, ids: batch.ids, dst: dEmbedding });
  workspace.release(dStream);
}

/** Whether something learns that the input gradient of the lowest layer is needed for. */
function learnsBelow(full: GradientSink['full']): boolean {
  return (
    full?.has('model.embed_tokens.weight') === true ||
    full?.has('model.layers.0.input_layernorm.weight') === true
  );
}

function layerForward(
  context: PassContext,
  index: number,
  { x, out }: { readonly x: Tensor; readonly out: Tensor },
): LayerInner {
  const layer = context.model.layers[index]!;
  const middle = context.workspace.take('f32', x.shape);
  const attention = attentionForward(context, layer, { x, out: middle });
  const mlp = mlpForward(context, layer, { x: middle, out });
  return { middle, attention, mlp };
}

function recompute(context: PassContext, index: number, x: Tensor): LayerInner {
  const out = context.workspace.take('f32', x.shape);
  const inner = layerForward(context, index, { x, out });
  context.workspace.release(out);
  return inner;
}

function releaseInner(context: PassContext, inner: LayerInner): void {
  context.workspace.release(inner.middle);
  releaseAttention(context, inner.attention);
  releaseMlp(context, inner.mlp);
}
