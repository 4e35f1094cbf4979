import type { Backend, Tensor, Weight } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import { f16ToF32, f32ToF16 } from '@bezoar/formats';
import { assembleModel } from '../assemble-model.ts';
import type { CausalLM } from '../causal-lm.ts';
import type { FloatType } from '../float-type.ts';
import { parameterSpecs, type ParameterSpec } from '../parameter-specs.ts';
import { foldedWeight } from './folded-weight.ts';

export interface MergeOptions {
  /** What the merged weights are rounded to, as a file of that type would hold them; `float32` by default. */
  readonly dtype?: FloatType;
}

/**
 * A new model with the adapter folded in, in f32, on a dense copy of every weight (an NF4 base is de-quantised first: what the
 * adapter was trained on). The given model stays as it is. To write a merged model without a second one in memory give the model
 * with its adapter to `saveModel`.
 * Throws BezoarError BAD_INPUT when the model has no adapter.
 */
export async function mergeLora(
  model: CausalLM,
  { dtype = 'float32' }: MergeOptions = {},
): Promise<CausalLM> {
  const { adapter, backend, config } = model;
  if (adapter === undefined) {
    throw new BezoarError('BAD_INPUT', 'The model has no adapter to merge.', {
      advice: 'Load one with --adapter.',
    });
  }
  const weights = new Map<string, Weight>();
  for (const spec of parameterSpecs(config))
    weights.set(spec.name, await rounded(await foldedWeight(model, spec.name), { backend, spec, dtype }));
  return assembleModel({ config, backend, weights });
}

interface RoundOptions {
  readonly backend: Backend;
  readonly spec: ParameterSpec;
  readonly dtype: FloatType;
}

/** bf16 matrices stay bf16, in half the memory; everything else is f32 with values of the type. */
async function rounded(tensor: Tensor<'f32'>, { backend, spec, dtype }: RoundOptions): Promise<Tensor> {
  if (dtype === 'float32') return tensor;
  if (dtype === 'float16') {
    backend.write(tensor, f16ToF32(f32ToF16(await backend.download(tensor))));
    return tensor;
  }
  const half = backend.alloc('bf16', tensor.shape);
  backend.copy({ src: tensor, dst: half });
  if (spec.role !== 'norm' && spec.role !== 'bias' && backend.capabilities.weightFormats.has('bf16')) {
    tensor.dispose();
    return half;
  }
  backend.copy({ src: half, dst: tensor });
  half.dispose();
  return tensor;
}
