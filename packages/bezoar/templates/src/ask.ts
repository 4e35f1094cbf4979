/**
 * Asks the model that the recipe has trained: `node src/ask.ts "Why is the sky blue?"`. The base model stays as it is on disk, and the
 * adapter of the last training is put over it.
 */
import { createCpuBackend } from '@bezoar/backend-cpu';
import { openFolder } from '@bezoar/formats/node';
import { isHubReference, openHubModel } from '@bezoar/hub';
import { generateTokens, loadLoraAdapter, loadModel, loadTokenizer, withAdapter } from '@bezoar/model';
import { openbezoarTemplate } from '@bezoar/qlora';
import { loadRecipe } from 'bezoar';
import { join } from 'node:path';

const instruction = process.argv[2] ?? 'Give three tips for sleeping better.';
const { recipe, resolve } = await loadRecipe('recipe.yaml');
const stageFolder = (id: string): string => join('runs', recipe.name, id);

const last = Object.keys(recipe.stages).findLast((id) => fromOf(id) !== undefined);
if (last === undefined || recipe.base === undefined) throw new Error('recipe.yaml trains nothing.');
if (recipe.template.kind !== 'openbezoar')
  throw new Error(
    `Ask in the template of the training: npx bezoar generate --template ${recipe.template.kind}`,
  );
// Trainings that go on with an adapter lead back to what it lies over: the base, or a merge.
let under = last;
for (let from = fromOf(under); from !== undefined; from = fromOf(under)) under = from;
const source = under === 'base' ? recipe.base : stageFolder(under);
const folder = isHubReference(source)
  ? (await openHubModel(source, { env: process.env })).folder
  : openFolder(under === 'base' ? resolve(source) : source);

const backend = await createCpuBackend();
const tokenizer = await loadTokenizer(folder);
const base = await loadModel({ folder, backend, weights: recipe.weights });
const model = withAdapter(base, await loadLoraAdapter(base, openFolder(stageFolder(last))));

// Asked as in training: the same template, BOS where the tokenizer has one.
const template = openbezoarTemplate({ system: recipe.template.system });
const text = tokenizer.encode(template.renderPrompt({ instruction }));
const prompt = tokenizer.bosId === undefined ? text : [tokenizer.bosId, ...text];
const [answer] = await generateTokens(model, {
  prompts: [prompt],
  maxNewTokens: 128,
  stopIds: model.config.eosTokenIds,
});
console.log(tokenizer.decode(answer?.tokens ?? []).trim());
await backend.dispose();

/** What a training starts from; undefined for all that trains no adapter. */
function fromOf(id: string): string | undefined {
  const stage = recipe.stages[id];
  return stage?.kind === 'sft' || stage?.kind === 'dpo' ? stage.from : undefined;
}
