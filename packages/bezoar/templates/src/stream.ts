/**
 * Rows in a program of your own, each as soon as it is made: `node src/stream.ts 20` writes 20 of them as JSON Lines to stdout.
 * Models, seeds and budget are those of recipe.yaml. Every call is in a ledger: a second run pays for nothing again, and
 * one that was stopped goes on.
 */
import { seedSchema, type Seed } from '@bezoar/core';
import { laMini } from '@bezoar/datagen';
import { streamRowsFile } from '@bezoar/formats/node';
import { isHubReference, readHubRows } from '@bezoar/hub';
import { createScheduler, openLedger, withLedger, withScheduler } from '@bezoar/llm';
import { loadRecipe, openRecipeModel } from 'bezoar';
import { mkdirSync } from 'node:fs';

const count = Number(process.argv[2] ?? 20);
const { recipe, resolve } = await loadRecipe('recipe.yaml');
const stage = recipe.stages['written'];
if (stage?.kind !== 'lamini') throw new Error('recipe.yaml has no stage "written" of the kind lamini.');

const source = isHubReference(stage.seeds)
  ? readHubRows(stage.seeds, { schema: seedSchema, env: process.env })
  : streamRowsFile(resolve(stage.seeds), seedSchema);
const seeds: Seed[] = [];
for await (const seed of source) seeds.push(seed);

mkdirSync('runs/stream', { recursive: true });
const ledger = openLedger({ path: 'runs/stream/ledger.sqlite' });
const teacher = await openRecipeModel(stage.model, { recipe, resolve, env: process.env });
const price = recipe.models[stage.model]?.price;
const scheduler = createScheduler({
  budget: recipe.budget,
  prices: { ...recipe.prices, ...(price === undefined ? {} : { [teacher.id]: price }) },
});
const model = withLedger(withScheduler(teacher, scheduler), ledger, { stage: 'stream' });

const rows = laMini({
  model,
  seeds,
  count,
  seed: recipe.seed,
  // Fewer than the recipe's 20 at a time: the first rows come sooner.
  instructionsPerPrompt: 5,
  onDropped: ({ reason }) => console.error(`dropped: ${reason}`),
});
try {
  for await (const row of rows) console.log(JSON.stringify(row));
} finally {
  const { calls, cost } = ledger.stats();
  console.error(`${calls} calls so far, ${cost.toFixed(4)} US dollars`);
  ledger.close();
}
