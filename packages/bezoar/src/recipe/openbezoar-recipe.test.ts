import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadRecipe } from './load-recipe.ts';

const file = fileURLToPath(new URL('../../../../recipes/openbezoar.yaml', import.meta.url));

it('the recipe of the paper is one, with what is published of it', async () => {
  const { recipe } = await loadRecipe(file);
  expect(recipe.base).toBe('hub:openlm-research/open_llama_3b_v2');
  expect(recipe.lora).toMatchObject({
    r: 16,
    loraAlpha: 16,
    loraDropout: 0.05,
    targetModules: ['q_proj', 'k_proj', 'v_proj'],
  });
  // One adapter goes through the three sets in this order, and is merged at the end.
  expect(recipe.stages).toMatchObject({
    'sft-lamini': { from: 'base', rows: 'lamini-kept' },
    'sft-orca': { from: 'sft-lamini', rows: 'orca-kept' },
    'sft-evol': { from: 'sft-orca', rows: 'evol-kept' },
    sft: { kind: 'merge', from: 'sft-evol' },
    'hh-sft-adapter': { from: 'sft', limit: 100_000, epochs: 1 },
    'dpo-adapter': { from: 'hh-sft', limit: 100_000, epochs: 1 },
  });
});
