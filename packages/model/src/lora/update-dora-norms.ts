import type { CausalLM } from '../causal-lm.ts';
import { linearLayers } from './target-layers.ts';

/**
 * Measures the rows of all layers with DoRA. They change with A and B: call it before the first pass after those may have
 * changed. `forward` and `generateTokens` do.
 */
export function updateDoraNorms(model: CausalLM): void {
  for (const { name, weight } of linearLayers(model)) {
    const module = model.adapter?.modules.get(name);
    if (module?.dora === undefined) continue;
    const { a, b, scale, dora } = module;
    model.backend.doraNorms({ weight, a, b, scale, norms: dora.norms });
  }
}
