import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openRelease } from '../publish/release/open-release.ts';
import { releaseLinks } from '../publish/release/release-links.ts';
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

it('publishes three data sets, and three checkpoints as adapters and merged, each on the one before', async () => {
  const { recipe } = await loadRecipe(file);
  const release = openRelease({ recipe, runDir: 'runs/openbezoar', org: 'my-org' });
  const rows = (name: string): unknown[] => [`my-org/${name}`, 'dataset', 'cc-by-sa-3.0', undefined];
  const checkpoint = (name: string, base: string): unknown[][] =>
    ['-adapter', ''].map((end) => [`my-org/OpenBezoar-${name}${end}`, 'model', 'cc-by-nc-4.0', base]);
  expect(
    release.entries.map((entry) => [
      entry.repo.name,
      entry.repo.type,
      entry.license,
      releaseLinks(entry, release).base,
    ]),
  ).toEqual([
    ...['LaMini', 'Orca', 'Evol-Instruct'].map(rows),
    ...checkpoint('SFT', 'openlm-research/open_llama_3b_v2'),
    ...checkpoint('HH-RLHF-SFT', 'my-org/OpenBezoar-SFT'),
    ...checkpoint('HH-RLHF-DPO', 'my-org/OpenBezoar-HH-RLHF-SFT'),
  ]);
  const [, , evol] = release.entries;
  const { trained } = releaseLinks(evol!, release);
  expect(trained).toHaveLength(6);
  expect(recipe.publish!.org).toBeUndefined();
});
