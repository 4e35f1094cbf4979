import type { DropoutSpec, Tensor } from '@bezoar/backend';
import type { LinearLayer } from '../causal-lm.ts';
import type { DoraMagnitudes, LoraModule } from '../lora/lora-adapter.ts';
import type { LoraGradients, PassContext } from './pass-context.ts';

interface DoraArgs {
  readonly layer: LinearLayer;
  readonly x: Tensor;
  readonly lora: LoraModule;
  readonly dora: DoraMagnitudes;
  readonly dropout: DropoutSpec | undefined;
  readonly accumulate?: boolean;
}

/*
 * A linear layer with DoRA, as PEFT computes it: with x' = drop(x), y = W·x' + scale·B·A·x' and g = magnitude / norms,
 * out = W·x + bias + g ⊙ y − W·x'. Without dropout x' is x, and one product with W will do; with it, out takes W·(x − x').
 */

/** out = …, or out += … with `accumulate`. */
export function doraLinearForward(
  { model: { backend }, workspace, tokens }: PassContext,
  { layer, x, out, lora, dora, dropout, accumulate = false }: DoraArgs & { readonly out: Tensor },
): { readonly u: Tensor; readonly y: Tensor } {
  const { weight, bias } = layer;
  const { a, b, scale } = lora;
  const { magnitude, norms } = dora;
  const u = workspace.take('f32', [tokens, a.shape[0]!]);
  const y = workspace.take('f32', [tokens, magnitude.size]);
  const offset = bias === undefined ? {} : { bias };
  if (dropout === undefined) {
    backend.linear({ x, weight, out: y });
    backend.loraForward({ x, a, b, scale, u, out: y });
    backend.doraForward({ y, magnitude, norms, ...offset, out, accumulate });
    return { u, y };
  }
  const dropped = workspace.take('f32', x.shape);
  backend.dropout({ x, out: dropped, dropout });
  backend.linear({ x: dropped, weight, out: y });
  backend.loraForward({ x: dropped, a, b, scale, u, out: y });
  backend.add({ a: x, b: dropped, scale: -1, out: dropped });
  backend.linear({ x: dropped, weight, ...offset, out, accumulate });
  backend.doraForward({ y, magnitude, norms, out, accumulate: true });
  workspace.release(dropped);
  return { u, y };
}

export interface DoraBackwardArgs extends DoraArgs {
  readonly state: { readonly u: Tensor; readonly y?: Tensor };
  readonly dOut: Tensor;
  readonly dX?: Tensor | undefined;
  readonly gradient: LoraGradients;
}

/** With dY = g ⊙ dOut: dX = Wᵀ·dY and LoRA's part; with dropout dX = Wᵀ·dOut + mask ⊙ (Wᵀ·(dY − dOut)) and LoRA's part. */
export function doraLinearBackward(
  { model: { backend }, workspace }: PassContext,
  { layer, x, lora, dora, dropout, accumulate = false, state, dOut, dX, gradient }: DoraBackwardArgs,
): void {
  const { weight } = layer;
  const dY = workspace.take('f32', dOut.shape);
  backend.doraBackward({ y: state.y!, ...dora, dOut, dY, dMagnitude: gradient.magnitude! });
  if (dX !== undefined && dropout === undefined) {
    backend.linearBackwardInput({ dOut: dY, weight, dX, accumulate });
  } else if (dX !== undefined && dropout !== undefined) {
    backend.linearBackwardInput({ dOut, weight, dX, accumulate });
    const change = workspace.take('f32', dOut.shape);
    const dDropped = workspace.take('f32', x.shape);
    backend.add({ a: dY, b: dOut, scale: -1, out: change });
    backend.linearBackwardInput({ dOut: change, weight, dX: dDropped });
    backend.dropout({ x: dDropped, out: dDropped, dropout });
    backend.add({ a: dX, b: dDropped, out: dX });
    workspace.release(change, dDropped);
  }
  backend.loraBackward({
    x,
    u: state.u,
    a: lora.a,
    b: lora.b,
    scale: lora.scale,
    dOut: dY,
    dA: gradient.a,
    dB: gradient.b,
    ...(dX === undefined ? {} : { dX }),
    ...(dropout === undefined ? {} : { dropout }),
  });
  workspace.release(dY);
}
