import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseRecipe } from '../../packages/bezoar/src/recipe/parse-recipe.ts';
import type { Stage } from '../../packages/bezoar/src/recipe/recipe.ts';
import { root } from '../workspace/read-packages.ts';

const file = 'recipes/openbezoar.yaml';
const recipe = parseRecipe(readFileSync(join(root, file), 'utf8'), file);
const page = readFileSync(join(root, 'docs/recipe-beside-the-paper.md'), 'utf8');

function stage<Kind extends Stage['kind']>(id: string, kind: Kind): Extract<Stage, { kind: Kind }> {
  const found = recipe.stages[id];
  expect(found?.kind).toBe(kind);
  return found as Extract<Stage, { kind: Kind }>;
}
const count = (value: number | undefined): string => value!.toLocaleString('en-US');
const lamini = stage('lamini', 'lamini');
const evol = stage('evol', 'evol');
const shares = stage('orca', 'orca').shares!;
const dpo = stage('dpo-adapter', 'dpo');

/** Rows of the page's tables, with the values of the recipe in them. */
it.each([
  `| \`count\` | ${count(lamini.count)}; `,
  `| ${lamini.examplesPerPrompt!}, ${lamini.instructionsPerPrompt!}, ${lamini.topicsPerPrompt!} | source: LaMini-LM |`,
  `| \`temperature\` | ${lamini.temperature!} |`,
  `| \`count\` | ${count(stage('orca', 'orca').count)} | card |`,
  `| cot ${shares.cot!}, niv2 ${shares.niv2!}, flan2021 ${count(shares.flan2021)}, t0 ${count(shares.t0)} |`,
  `| \`rounds\` | ${evol.rounds!}. `,
  `| \`limit\` | ${count(evol.limit)} seeds`,
  `| \`choice: ${evol.choice!}\` |`,
  `| 1 to 10, our prompt, ${stage('lamini-kept', 'filter').threshold!} | ours |`,
  `| r, α, dropout, targets | ${recipe.lora.r}, ${recipe.lora.loraAlpha}, ${recipe.lora.loraDropout}; q, k, v |`,
  `| epochs | ${stage('sft-lamini', 'sft').epochs!} for each stage | ours |`,
  `| ${recipe.training.batchSize!} × ${recipe.training.gradientAccumulation!} examples, gradients clipped at ${recipe.training.maxGradNorm!},`,
  `| \`maxLength\` | ${count(recipe.training.maxLength)} | source: QLoRA |`,
  `| rows | the first ${count(stage('hh-sft-adapter', 'sft').limit)} pairs | card |`,
  `| \`maxLength\` | ${stage('hh-sft-adapter', 'sft').maxLength!} | source: DPO |`,
  `| β | ${dpo.beta!} | source: DPO, TRL |`,
  `| ${dpo.learningRate!.toExponential()}, ${dpo.schedule!}, ${dpo.warmupSteps!} steps of warm-up |`,
  `| lengths | ${dpo.maxLength!}, prompt ${dpo.maxPromptLength!} | source: DPO |`,
  `\`profile: ${stage('scores', 'eval').profile!}\``,
  `The budget of ${recipe.budget!} dollars`,
])('the recipe and the page agree on %s', (row) => {
  expect(page).toContain(row);
});
