import { isHubReference, parseHubReference } from '@bezoar/hub';
import { basename } from 'node:path';
import { readScores } from '../../stages/eval-scores.ts';
import { generationTask, type ScoredTask } from './scored-task.ts';

const metrics = {
  'preference/win_rate': 'win rate (per token)',
  'preference/win_rate_raw': 'win rate (summed)',
} as const;

export interface ReadPreferencesOptions {
  /** Of the eval stage. */
  readonly folder: string;
  /** As the recipe names them. */
  readonly preferences: string | undefined;
}

/** How often models prefer the chosen answer of pairs, by model; empty where that was not measured. */
export async function readPreferences(
  options: ReadPreferencesOptions,
): Promise<ReadonlyMap<string, ScoredTask>> {
  const models = Object.entries((await readScores(options.folder))?.models ?? {});
  const dataset = pairsOf(options.preferences);
  return new Map(
    models.flatMap(([model, scores]): [string, ScoredTask][] => {
      const found = Object.entries(metrics).flatMap(([key, name]) => {
        const score = scores[key];
        if (score === undefined) return [];
        const { value, stderr } = score;
        return [{ type: 'win_rate', name, value, ...(stderr === undefined ? {} : { args: { stderr } }) }];
      });
      return found.length === 0 ? [] : [[model, { task: generationTask, dataset, metrics: found }]];
    }),
  );
}

function pairsOf(reference: string | undefined): ScoredTask['dataset'] {
  if (reference === undefined || !isHubReference(reference))
    return {
      name: reference === undefined ? 'preference pairs' : basename(reference),
      type: 'preference-pairs',
    };
  const { name, config, split } = parseHubReference(reference);
  return {
    name,
    type: name,
    ...(config === undefined ? {} : { config }),
    ...(split === undefined ? {} : { split }),
  };
}
