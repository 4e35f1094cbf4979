import type { DropoutSpec, Tensor } from '@bezoar/backend';
import type { LinearLayer } from '../causal-lm.ts';
import type { LoraModule } from '../lora/lora-adapter.ts';
import { doraLinearBackward, doraLinearForward } from './dora-linear-pass.ts';
import type { GradientSink, PassContext } from './pass-context.ts';

/** What the backward pass of an adapted layer needs. */
export interface LoraState {
  /** f32 [T, r]: drop(x)·Aᵀ */
  readonly u: Tensor;
  /** f32 [T, out]: W·drop(x) and the update together, with DoRA. */
  readonly y?: Tensor;
}

export interface LinearForwardArgs {
  readonly layer: LinearLayer;
  readonly x: Tensor;
  readonly out: Tensor;
  readonly accumulate?: boolean;
}

/** The base layer and, where there is one, its adapter. */
export function linearForward(context: PassContext, args: LinearForwardArgs): LoraState | undefined {
  const { model, workspace, tokens } = context;
  const { layer, x, out } = args;
  const lora = model.adapter?.modules.get(layer.name);
  if (lora?.dora !== undefined)
    return doraLinearForward(context, { ...args, lora, dora: lora.dora, dropout: dropoutOf(context, lora) });
  model.backend.linear({ x, weight: layer.weight, out, ...biasOf(layer), ...accumulation(args) });
  if (lora === undefined) return undefined;
  const u = workspace.take('f32', [tokens, lora.a.shape[0]!]);
  const dropout = dropoutOf(context, lora);
  model.backend.loraForward({
    x,
    a: lora.a,
    b: lora.b,
    scale: lora.scale,
    u,
    out,
    ...(dropout === undefined ? {} : { dropout }),
  });
  return { u };
}

export interface LinearBackwardArgs {
  readonly layer: LinearLayer;
  readonly x: Tensor;
  readonly lora: LoraState | undefined;
  readonly dOut: Tensor;
  /** Without it only weight gradients are made. */
  readonly dX?: Tensor | undefined;
  readonly accumulate?: boolean;
  readonly gradients: GradientSink;
}

export function linearBackward(context: PassContext, args: LinearBackwardArgs): void {
  const { backend, adapter } = context.model;
  const { layer, x, lora: state, dOut, dX, gradients } = args;
  const lora = adapter?.modules.get(layer.name);
  const gradient = gradients.adapter?.get(layer.name);
  const dropout = lora === undefined ? undefined : dropoutOf(context, lora);
  if (lora?.dora !== undefined && state !== undefined && gradient !== undefined) {
    doraLinearBackward(context, { ...args, lora, dora: lora.dora, state, gradient, dropout });
    return;
  }
  if (dX !== undefined)
    backend.linearBackwardInput({ dOut, weight: layer.weight, dX, ...accumulation(args) });
  const dWeight = gradients.full?.get(`${layer.name}.weight`);
  if (dWeight !== undefined) {
    const dBias = gradients.full?.get(`${layer.name}.bias`);
    backend.linearBackwardWeight({ x, dOut, dWeight, ...(dBias === undefined ? {} : { dBias }) });
  }
  if (lora === undefined || state === undefined || gradient === undefined) return;
  backend.loraBackward({
    x,
    u: state.u,
    a: lora.a,
    b: lora.b,
    scale: lora.scale,
    dOut,
    dA: gradient.a,
    dB: gradient.b,
    ...(dX === undefined ? {} : { dX }),
    ...(dropout === undefined ? {} : { dropout }),
  });
}

export function releaseLora({ workspace }: PassContext, states: readonly (LoraState | undefined)[]): void {
  for (const state of states) workspace.release(state?.u, state?.y);
}

function biasOf({ bias }: LinearLayer): { readonly bias?: Tensor } {
  return bias === undefined ? {} : { bias };
}

function accumulation({ accumulate }: Pick<LinearForwardArgs, 'accumulate'>): {
  readonly accumulate?: boolean;
} {
  return accumulate === undefined ? {} : { accumulate };
}

/** Every adapted layer draws its own masks: the stream is the layer's place in the adapter. */
function dropoutOf({ dropout }: PassContext, module: LoraModule): DropoutSpec | undefined {
  return dropout === undefined || dropout.probability === 0
    ? undefined
    : { ...dropout, stream: module.index };
}
