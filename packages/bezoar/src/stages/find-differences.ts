import { compareEvaluations, comparePaired, holm, type EvaluationFile } from '@bezoar/eval';
import { readEvaluations } from '../compare/read-evaluations.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { ScoreDifference } from './eval-scores.ts';
import { scoreName } from './evaluate-model.ts';
import type { StageContext } from './stage-context.ts';

/** By metric: 1, ½ or 0 for each pair. */
export type PreferenceWins = Readonly<Record<string, readonly number[]>>;

export interface DifferenceOptions {
  /** In the order of the stage. */
  readonly models: readonly string[];
  readonly context: Pick<StageContext, 'out' | 'recipe'>;
  readonly wins: ReadonlyMap<string, PreferenceWins>;
}

/**
 * How every model differs from the first one, and from the one that its training started from, document by document, from the samples that
 * lie in the stage's folder.
 */
export async function findDifferences(options: DifferenceOptions): Promise<ScoreDifference[]> {
  const { models, context, wins } = options;
  if (models.length < 2) return [];
  const files = await readSamples(context.out, models);
  const tested = comparedPairs(models, context.recipe).flatMap((pair) => [
    ...onTasks(pair, files),
    ...onPreferences(pair, wins),
  ]);
  return adjustPValues(tested);
}

/** Every test of an evaluation counts among all of them. */
export function adjustPValues(differences: readonly ScoreDifference[]): ScoreDifference[] {
  const adjusted = holm(differences.map(({ pValue }) => pValue));
  return differences.map((each, index) => ({ ...each, pValue: adjusted[index]! }));
}

/** Served models that were asked for nothing but preferences have no samples. */
async function readSamples(
  out: string,
  models: readonly string[],
): Promise<ReadonlyMap<string, EvaluationFile>> {
  const found = await readEvaluations(out).catch(() => []);
  return new Map(found.filter(({ label }) => models.includes(label)).map((file) => [file.label, file]));
}

interface ModelPair {
  readonly model: string;
  readonly baseline: string;
}

function comparedPairs(models: readonly string[], recipe: Pick<Recipe, 'stages'>): readonly ModelPair[] {
  const [first, ...others] = models;
  return others.flatMap((model) => {
    const before = trainedFrom(model, { models, recipe });
    const baselines = before === undefined || before === first ? [first!] : [first!, before];
    return baselines.map((baseline) => ({ model, baseline }));
  });
}

/** The nearest of the evaluated models that a stage's model goes back to. */
function trainedFrom(
  model: string,
  { models, recipe }: { readonly models: readonly string[]; readonly recipe: Pick<Recipe, 'stages'> },
): string | undefined {
  let stage = recipe.stages[model];
  while (stage !== undefined && 'from' in stage) {
    if (models.includes(stage.from)) return stage.from;
    stage = recipe.stages[stage.from];
  }
  return undefined;
}

function onTasks(
  { model, baseline }: ModelPair,
  files: ReadonlyMap<string, EvaluationFile>,
): ScoreDifference[] {
  const [own, other] = [files.get(model), files.get(baseline)];
  if (own === undefined || other === undefined) return [];
  return compareEvaluations([other, own]).rows.flatMap((row): ScoreDifference[] => {
    const paired = row.cells[1]?.paired;
    if (paired === undefined) return [];
    const { difference, stderr, interval, n, pValue, mcnemar } = paired;
    return [
      {
        ...{ model, baseline, difference, interval, n },
        metric: scoreName(row.task, row),
        ...(Number.isNaN(stderr) ? {} : { stderr }),
        pValue: mcnemar ?? pValue,
        // Perplexities are compared by log-probabilities, of which more is better.
        isBetter: difference > 0 === (row.higherIsBetter || row.metric === 'perplexity'),
      },
    ];
  });
}

function onPreferences(
  { model, baseline }: ModelPair,
  wins: ReadonlyMap<string, PreferenceWins>,
): ScoreDifference[] {
  const other = wins.get(baseline);
  return Object.entries(wins.get(model) ?? {}).flatMap(([metric, own]): ScoreDifference[] => {
    const theirs = other?.[metric];
    if (theirs === undefined) return [];
    const { difference, stderr, interval, n, pValue, mcnemar } = comparePaired(own, theirs);
    return [
      {
        ...{ model, baseline, metric, difference, interval, n },
        ...(Number.isNaN(stderr) ? {} : { stderr }),
        pValue: mcnemar ?? pValue,
        isBetter: difference > 0,
      },
    ];
  });
}
