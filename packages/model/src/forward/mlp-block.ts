import type { Tensor } from '@bezoar/backend';
import type { DecoderLayer } from '../causal-lm.ts';
import { layerNormName } from './attention-block.ts';
import { linearBackward, linearForward, releaseLora, type LoraState } from './linear-pass.ts';
import type { GradientSink, PassContext } from './pass-context.ts';

/** What the backward pass of the MLP half of a layer needs. Its backward pass uses gate and up up. */
export interface MlpState {
  readonly rstd: Tensor;
  readonly normed: Tensor;
  readonly gate: Tensor;
  readonly up: Tensor;
  readonly activated: Tensor;
  readonly lora: { readonly [Part in 'gate' | 'up' | 'down']: LoraState | undefined };
}

/** out = x + down(silu(gate(n)) ⊙ up(n)), n = rmsNorm(x). x, out: f32 [T, D]. */
export function mlpForward(
  context: PassContext,
  layer: DecoderLayer,
  { x, out }: { readonly x: Tensor; readonly out: Tensor },
): MlpState {
  const { model, workspace, tokens } = context;
  const { backend, config } = model;
  const take = (width: number): Tensor => workspace.take('f32', [tokens, width]);

  const rstd = take(1);
  const normed = take(config.hiddenSize);
  backend.rmsNorm({ x, weight: layer.postNorm, eps: config.rmsNormEps, out: normed, rstd });
  const gate = take(config.intermediateSize);
  const up = take(config.intermediateSize);
  const activated = take(config.intermediateSize);
  const loraGate = linearForward(context, { layer: layer.gate, x: normed, out: gate });
  const loraUp = linearForward(context, { layer: layer.up, x: normed, out: up });
  backend.swiglu({ gate, up, out: activated });
  backend.copy({ src: x, dst: out });
  const loraDown = linearForward(context, { layer: layer.down, x: activated, out, accumulate: true });
  return { rstd, normed, gate, up, activated, lora: { gate: loraGate, up: loraUp, down: loraDown } };
}

export interface MlpBackwardArgs {
  readonly x: Tensor;
  readonly state: MlpState;
  /** Gradient of the residual stream: of `out` on entry, of `x` on return. In place. */
  readonly dStream: Tensor;
  readonly gradients: GradientSink;
}

export function mlpBackward(context: PassContext, layer: DecoderLayer, args: MlpBackwardArgs): void {
  const { model, workspace, tokens } = context;
  const { backend, config } = model;
  const { x, state, dStream, gradients } = args;

  const dActivated = workspace.take('f32', [tokens, config.intermediateSize]);
  linearBackward(context, {
    layer: layer.down,
    x: state.activated,
    lora: state.lora.down,
    dOut: dStream,
    dX: dActivated,
    gradients,
  });
  backend.swigluBackward({
    gate: state.gate,
    up: state.up,
    dOut: dActivated,
    dGate: state.gate,
    dUp: state.up,
  });

  const dNormed = workspace.take('f32', [tokens, config.hiddenSize]);
  const common = { x: state.normed, dX: dNormed, gradients };
  linearBackward(context, { ...common, layer: layer.gate, lora: state.lora.gate, dOut: state.gate });
  linearBackward(context, {
    ...common,
    layer: layer.up,
    lora: state.lora.up,
    dOut: state.up,
    accumulate: true,
  });
  const dWeight = gradients.full?.get(layerNormName(layer, 'post_attention_layernorm'));
  backend.rmsNormBackward({
    x,
    weight: layer.postNorm,
    rstd: state.rstd,
    dOut: dNormed,
    dX: dStream,
    ...(dWeight === undefined ? {} : { dWeight }),
  });
  workspace.release(dActivated, dNormed);
}

export function releaseMlp(context: PassContext, state: MlpState): void {
  context.workspace.release(state.rstd, state.normed, state.gate, state.up, state.activated);
  releaseLora(context, Object.values(state.lora));
}
