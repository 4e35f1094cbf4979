import { planBatches, type SftConfig, type TrainingFlops } from '@bezoar/qlora';
import type { Recipe } from '../recipe/recipe.ts';
import { heldOutCount, holdOut } from '../stages/training.ts';
import type { MeasuredExamples } from './measured-examples.ts';
import type { Scenario } from './scenario.ts';
import type { StageNumbers } from './stage-numbers.ts';

export interface TrainingNumbersOptions {
  readonly id: string;
  readonly recipe: Pick<Recipe, 'seed'>;
  readonly scenario: Scenario;
  readonly measured: MeasuredExamples | undefined;
  /** Examples, and mean tokens of one, where not all are measured. NaN: nobody knows. */
  readonly count: number;
  readonly each: number;
  readonly evalFraction?: number | undefined;
  readonly evalEvery?: number | undefined;
  readonly config: Schedule;
  /** Operations for a token; undefined where the model is not known. */
  readonly flops: TrainingFlops | undefined;
  /** Passes of a reference over what is learnt from. */
  readonly referencePasses?: number;
}

type Schedule = Pick<
  SftConfig,
  'epochs' | 'maxSteps' | 'batchSize' | 'gradientAccumulation' | 'seed' | 'earlyStoppingPatience'
> & {
  readonly packing?: boolean | undefined;
  readonly packLength?: number | undefined;
};

/** Packs are hardly ever full. */
const packFill = 0.95;

/** Steps and tokens as the training itself plans them: exact where its examples are known one by one. */
export function trainingNumbers(options: TrainingNumbersOptions): StageNumbers {
  const { scenario, flops, config, referencePasses = 0 } = options;
  const { steps, tokens, heldTokens } = options.measured?.isWhole
    ? wholeNumbers(options, options.measured.lengths)
    : meanNumbers(options);
  // Nobody knows when it stops early.
  const early = config.earlyStoppingPatience !== undefined;
  const done = early ? scenario.either(0, 1, 1) : 1;
  const evaluations = 2 + (options.evalEvery === undefined ? 0 : Math.floor(steps / options.evalEvery));
  const { forward, step } = flops ?? { forward: NaN, step: NaN };
  return {
    steps: done * steps,
    trainedTokens: done * tokens,
    flops:
      tokens * (step + referencePasses * forward) +
      evaluations * heldTokens * forward * (1 + Math.min(1, referencePasses)),
  };
}

interface Numbers {
  readonly steps: number;
  readonly tokens: number;
  readonly heldTokens: number;
}

function wholeNumbers(
  { id, recipe, evalFraction, config }: TrainingNumbersOptions,
  lengths: readonly number[],
): Numbers {
  const { training, evaluation } = holdOut(lengths, { id, recipe }, evalFraction);
  if (training.length === 0) return { steps: 0, tokens: 0, heldTokens: 0 };
  const capacity = config.packLength ?? Math.max(...training);
  const packing = config.packing === true ? { lengths: training, capacity } : undefined;
  const plan = planBatches({ ...config, examples: training.length, packing });
  let tokens = 0;
  if (config.maxSteps === undefined) tokens = config.epochs * sum(training);
  else {
    for (let step = 0; step < plan.totalSteps; step++)
      tokens += sum(plan.step(step).flatMap((micro) => micro.map((index) => training[index]!)));
  }
  return { steps: plan.totalSteps, tokens, heldTokens: sum(evaluation) };
}

function meanNumbers({ count, each, evalFraction, config }: TrainingNumbersOptions): Numbers {
  const { epochs, batchSize, gradientAccumulation, packLength } = config;
  const { maxSteps = NaN } = config;
  const examples = Math.round(count);
  const held = heldOutCount(examples, evalFraction);
  const perPack = config.packing === true ? Math.max(1, (packFill * (packLength ?? each)) / each) : 1;
  const units = Math.ceil((examples - held) / perPack);
  const perEpoch = Math.ceil(units / (batchSize * gradientAccumulation));
  const epochTokens = (examples - held) * each;
  // A given number of steps is known whatever the rows are.
  const steps = Number.isNaN(maxSteps) ? perEpoch * epochs : maxSteps;
  const tokens = perEpoch === 0 ? 0 : (epochTokens * steps) / perEpoch;
  return { steps, tokens, heldTokens: held * each };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
