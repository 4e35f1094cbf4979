import type { DropoutSpec, SequenceLayout, Tensor } from '@bezoar/backend';
import type { CausalLM, LinearLayer } from '../causal-lm.ts';
import type { LoraDropout, LoraModule } from '../lora/lora-adapter.ts';
import type { Workspace } from '../workspace.ts';

/** What every part of a pass needs. */
export interface PassContext {
  readonly model: CausalLM;
  readonly workspace: Workspace;
  /** T */
  readonly tokens: number;
  readonly positions: Tensor;
  readonly layout: SequenceLayout;
  /** Adapter dropout of this micro-batch; none outside of training. */
  readonly dropout?: LoraDropout | undefined;
}

/** Where gradients are added to. Missing entries are frozen. */
export interface GradientSink {
  /** By layer name. */
  readonly adapter?: ReadonlyMap<string, { readonly a: Tensor; readonly b: Tensor }>;
  /** By checkpoint name: full fine-tuning, and what an adapter trains in full. */
  readonly full?: ReadonlyMap<string, Tensor>;
}

/** Where the gradient of the output layer is added to, for `linearCrossEntropy`. */
export function headGradient({ config }: CausalLM, { full }: GradientSink): { readonly dWeight?: Tensor } {
  const dWeight = full?.get(config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight');
  return dWeight === undefined ? {} : { dWeight };
}

/** Every adapted layer draws its own masks: the stream is the layer's place in the adapter. */
function dropoutArgs({ dropout }: PassContext, module: LoraModule): { readonly dropout?: DropoutSpec } {
  if (dropout === undefined || dropout.probability === 0) return {};
  return { dropout: { ...dropout, stream: module.index } };
}

export interface LinearForwardArgs {
  readonly layer: LinearLayer;
  readonly x: Tensor;
  readonly out: Tensor;
  readonly accumulate?: boolean;
}

/** The base layer and, where there is one, its adapter. Returns LoRA's u [T, r] for the backward pass. */
export function linearForward(context: PassContext, args: LinearForwardArgs): Tensor | undefined {
  const { model, workspace, tokens } = context;
  const { layer, x, out } = args;
  model.backend.linear({
    x,
    weight: layer.weight,
    out,
    ...(layer.bias === undefined ? {} : { bias: layer.bias }),
    ...(args.accumulate === undefined ? {} : { accumulate: args.accumulate }),
  });
  const lora = model.adapter?.modules.get(layer.name);
  if (lora === undefined) return undefined;
  const u = workspace.take('f32', [tokens, lora.a.shape[0]!]);
  model.backend.loraForward({
    x,
    a: lora.a,
    b: lora.b,
    scale: lora.scale,
    u,
    out,
    ...dropoutArgs(context, lora),
  });
  return u;
}

export interface LinearBackwardArgs {
  readonly layer: LinearLayer;
  readonly x: Tensor;
  readonly u: Tensor | undefined;
  readonly dOut: Tensor;
  /** Without it only weight gradients are made. */
  readonly dX?: Tensor | undefined;
  readonly accumulate?: boolean;
  readonly gradients: GradientSink;
}

export function linearBackward(context: PassContext, args: LinearBackwardArgs): void {
  const { backend, adapter } = context.model;
  const { layer, x, u, dOut, dX, gradients } = args;
  if (dX !== undefined) {
    backend.linearBackwardInput({ dOut, weight: layer.weight, dX, accumulate: args.accumulate ?? false });
  }
  const dWeight = gradients.full?.get(`${layer.name}.weight`);
  if (dWeight !== undefined) {
    const dBias = gradients.full?.get(`${layer.name}.bias`);
    backend.linearBackwardWeight({ x, dOut, dWeight, ...(dBias === undefined ? {} : { dBias }) });
  }
  const lora = adapter?.modules.get(layer.name);
  const gradient = gradients.adapter?.get(layer.name);
  if (lora === undefined || u === undefined || gradient === undefined) return;
  backend.loraBackward({
    x,
    u,
    a: lora.a,
    b: lora.b,
    scale: lora.scale,
    dOut,
    dA: gradient.a,
    dB: gradient.b,
    ...(dX === undefined ? {} : { dX }),
    ...dropoutArgs(context, lora),
  });
}
