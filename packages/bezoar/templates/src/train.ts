/**
 * The recipe as a part of a program of your own: `node src/train.ts` does what `bezoar run recipe.yaml` does, in the same folder, and
 * goes on where either was stopped. What it says while it runs are events; here they become lines.
 */
import type { RunEvent } from '@bezoar/core';
import { finishJob } from '@bezoar/core';
import { loadRecipe, requireExpectations, runRecipe } from 'bezoar';
import { join } from 'node:path';

const stop = new AbortController();
// Ctrl-C saves and ends; a second one ends at once.
process.once('SIGINT', () => stop.abort());

const { recipe, resolve } = await loadRecipe('recipe.yaml');
const runDir = join('runs', recipe.name);
const run = runRecipe({ recipe, resolve, runDir, env: process.env, signal: stop.signal });
const summary = await finishJob(run, (event) => {
  const line = describe(event);
  if (line !== undefined) console.log(line);
});
for (const { id, scores } of summary.stages) {
  for (const [model, values] of Object.entries(scores?.models ?? {})) {
    const figures = Object.entries(values).map(([metric, { value }]) => `${metric} ${value.toFixed(3)}`);
    console.log(`${id}: ${model}: ${figures.join(', ')}`);
  }
}
console.log(`Everything that was made: ${runDir}`);
requireExpectations(summary);

/** A line for what is worth one. */
function describe(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'stage-start':
      return `${event.stage} ${event.detail === 'unchanged' ? 'was done before' : 'begins'}`;
    case 'train-step':
      return `${event.stage}: step ${event.step} of ${event.totalSteps}, loss ${event.loss.toFixed(3)}`;
    case 'note':
    case 'warning':
      return `${event.stage}: ${event.message}`;
    case 'stage-end':
      return `${event.stage} has ended after ${event.seconds.toFixed(1)} s`;
    default:
      return undefined;
  }
}
