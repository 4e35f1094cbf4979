import type { CausalLM } from './causal-lm.ts';
import { exportSafetensors, type ExportSafetensorsOptions } from './weights/export-safetensors.ts';
import { modelWeights } from './weights/weight-source.ts';

export interface SaveModelOptions extends Omit<ExportSafetensorsOptions, 'weights'> {
  readonly model: CausalLM;
}

/**
 * Writes a Hugging Face model folder: safetensors and `config.json`. NF4 weights are written de-quantised, an adapter is folded in,
 * both one tensor at a time.
 */
export async function saveModel({ model, ...options }: SaveModelOptions): Promise<void> {
  await exportSafetensors({ ...options, weights: modelWeights(model) });
}
