import type { Tensor } from '@bezoar/backend';
import type { CausalLM } from '../causal-lm.ts';
import { denseCopy } from '../dense-copy.ts';
import { modelParameters } from '../parameters.ts';
import type { LoraModule } from './lora-adapter.ts';

/**
 * A dense f32 copy of one parameter as it acts: what the adapter saves in its place, or W + scale·B·A, with DoRA
 * (magnitude / ‖W + scale·B·A‖) ⊙ (W + scale·B·A), row by row.
 */
export async function foldedWeight(model: CausalLM, name: string): Promise<Tensor<'f32'>> {
  const { backend, adapter } = model;
  const weight = modelParameters(model).get(name)!;
  const target = denseCopy(backend, weight);
  const module = adapter?.modules.get(name.replace(/\.weight$/, ''));
  if (module === undefined) return target;
  const { a, b, scale, dora } = module;
  if (dora !== undefined) backend.doraNorms({ weight, a, b, scale, norms: dora.norms });
  // B·A is linearBackwardWeight with dOut = (scale·B)ᵀ [r, out] and x = A [r, in].
  const scaled = await scaledTranspose(model, module);
  backend.linearBackwardWeight({ x: a, dOut: scaled, dWeight: target });
  scaled.dispose();
  if (dora !== undefined) {
    const factors = await backend.download(dora.norms);
    const magnitude = await backend.download(dora.magnitude);
    factors.forEach((norm, row) => (factors[row] = magnitude[row]! / norm));
    await scaleRows(model, target, factors);
  }
  return target;
}

async function scaledTranspose({ backend }: CausalLM, { b, scale }: LoraModule): Promise<Tensor> {
  const values = await backend.download(b);
  const [rows, columns] = [b.shape[0]!, b.shape[1]!];
  const transposed = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) transposed[j * rows + i] = values[i * columns + j]! * scale;
  }
  return backend.upload('f32', [columns, rows], transposed);
}

async function scaleRows({ backend }: CausalLM, matrix: Tensor<'f32'>, factors: Float32Array): Promise<void> {
  const values = await backend.download(matrix);
  const width = matrix.shape[1]!;
  for (let row = 0; row < factors.length; row++) {
    const end = (row + 1) * width;
    for (let i = row * width; i < end; i++) values[i]! *= factors[row]!;
  }
  backend.write(matrix, values);
}
