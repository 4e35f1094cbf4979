import type { Tensor, Weight } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import { assembleModel } from '../assemble-model.ts';
import type { CausalLM } from '../causal-lm.ts';
import { denseCopy } from '../dense-copy.ts';
import { modelParameters } from '../parameters.ts';

/**
 * A new model with the adapter folded in: W ← W + scale·B·A in f32, on a dense copy of every weight (an NF4 base is
 * de-quantised first: what the adapter was trained on). The given model stays as it is.
 * Throws BezoarError BAD_INPUT when the model has no adapter.
 */
export async function mergeLora(model: CausalLM): Promise<CausalLM> {
  const { adapter, backend } = model;
  if (adapter === undefined) {
    throw new BezoarError('BAD_INPUT', 'The model has no adapter to merge.', {
      advice: 'Load one with --adapter.',
    });
  }
  const weights = new Map<string, Weight>();
  for (const [name, weight] of modelParameters(model)) weights.set(name, denseCopy(backend, weight));
  for (const { name, a, b, scale } of adapter.modules.values()) {
    const target = weights.get(`${name}.weight`) as Tensor;
    // B·A is linearBackwardWeight with dOut = (scale·B)ᵀ [r, out] and x = A [r, in].
    const scaled = await scaledTranspose(model, b, scale);
    backend.linearBackwardWeight({ x: a, dOut: scaled, dWeight: target });
    scaled.dispose();
  }
  return assembleModel({ config: model.config, backend, weights });
}

async function scaledTranspose({ backend }: CausalLM, matrix: Tensor<'f32'>, scale: number): Promise<Tensor> {
  const values = await backend.download(matrix);
  const [rows, columns] = [matrix.shape[0]!, matrix.shape[1]!];
  const transposed = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) transposed[j * rows + i] = values[i * columns + j]! * scale;
  }
  return backend.upload('f32', [columns, rows], transposed);
}
