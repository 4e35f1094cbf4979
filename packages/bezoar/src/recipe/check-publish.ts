import { BezoarError } from '@bezoar/core';
import type { Recipe, Stage } from './recipe.ts';
import { suggestName } from './suggest-name.ts';

/** What these stages leave is a model, an adapter or rows. */
const publishable: readonly Stage['kind'][] = [
  'lamini',
  'orca',
  'evol',
  'clean',
  'filter',
  'sft',
  'dpo',
  'merge',
  'export',
];

/** Checks that every stage with a repository is there and makes something to publish. Throws BezoarError BAD_CONFIG. */
export function checkPublish({ publish, stages }: Pick<Recipe, 'publish' | 'stages'>): void {
  if (publish === undefined) return;
  const known = Object.keys(stages).filter((id) => publishable.includes(stages[id]!.kind));
  for (const id of Object.keys(publish.repos)) {
    const stage = stages[id];
    if (stage === undefined) throw misfit(`there is no stage ${id}`, suggestName(id, known));
    if (!known.includes(id)) {
      throw misfit(
        `stage ${id} is of the kind ${stage.kind}, of which nothing is published`,
        'Scores go into the cards of the models by themselves.',
      );
    }
  }
  const names = Object.values(publish.repos).map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    throw misfit(`two stages go to ${twice}`, 'Give every stage a repository of its own.');
}

function misfit(message: string, advice: string): BezoarError {
  return new BezoarError('BAD_CONFIG', `Recipe: publish: ${message}.`, { advice });
}
