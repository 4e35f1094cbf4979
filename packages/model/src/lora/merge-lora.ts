import type { Weight } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import { assembleModel } from '../assemble-model.ts';
import type { CausalLM } from '../causal-lm.ts';
import { modelParameters } from '../parameters.ts';
import { foldedWeight } from './folded-weight.ts';

/**
 * A new model with the adapter folded in, in f32, on a dense copy of every weight (an NF4 base is de-quantised first: what the
 * adapter was trained on). The given model stays as it is.
 * Throws BezoarError BAD_INPUT when the model has no adapter.
 */
export async function mergeLora(model: CausalLM): Promise<CausalLM> {
  const { adapter, backend, config } = model;
  if (adapter === undefined) {
    throw new BezoarError('BAD_INPUT', 'The model has no adapter to merge.', {
      advice: 'Load one with --adapter.',
    });
  }
  const weights = new Map<string, Weight>();
  for (const [name] of modelParameters(model)) weights.set(name, await foldedWeight(model, name));
  return assembleModel({ config, backend, weights });
}
