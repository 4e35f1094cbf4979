import type { Recipe, Stage } from '../recipe/recipe.ts';
import { openBackend } from '../run/open-backend.ts';
import { freeMemory } from '../plan/free-memory.ts';
import { formatNumber } from '../report/format-number.ts';
import { round } from './amount.ts';
import type { SpeedForecast } from './forecast.ts';
import { measureSpeed } from './measure-speed.ts';
import type { RunSoFar } from './run-so-far.ts';
import type { StageNumbers } from './stage-numbers.ts';

/** What a training of a large model reaches of a single product; a small one, which waits for its many steps, much less. */
const trainingShare = 0.8;

export interface ForecastSpeedOptions {
  readonly recipe: Recipe;
  readonly stages: readonly (readonly [id: string, stage: Stage])[];
  /** As expected. */
  readonly numbers: ReadonlyMap<string, StageNumbers>;
  readonly soFar: RunSoFar;
  /** As the user says. */
  readonly tokensPerSecond: number | undefined;
}

/** How fast the backend is: as given, as the trainings of this run were so far, or by a product that takes a fifth of a second. */
export async function forecastSpeed(options: ForecastSpeedOptions): Promise<SpeedForecast | undefined> {
  const { recipe, stages, numbers, soFar, tokensPerSecond } = options;
  const trainings = [...numbers.values()].filter(({ trainedTokens }) => trainedTokens !== undefined);
  if (tokensPerSecond !== undefined) {
    const sample = trainings.find(({ flops = NaN, trainedTokens = 0 }) => flops / trainedTokens > 0);
    const flops = sample && (tokensPerSecond * sample.flops!) / sample.trainedTokens!;
    return {
      flops,
      tokensPerSecond,
      source: `A training makes ${tokensPerSecond} tokens a second: as given.`,
    };
  }
  const seen = speedSoFar(numbers, soFar);
  if (seen !== undefined) {
    return { ...describe(seen), source: `The trainings so far reached ${gigaflops(seen)}.` };
  }
  const isNeeded = stages.some(([id]) => !soFar.done.has(id) && (numbers.get(id)?.flops ?? 0) > 0);
  const isHere = recipe.backend.kind !== 'cuda' || (await freeMemory(recipe.backend)) !== undefined;
  if (!isNeeded || !isHere) return undefined;
  const backend = await openBackend(recipe.backend);
  try {
    const product = await measureSpeed(backend);
    const share = `${formatNumber(100 * trainingShare)} %`;
    const source = `A product reaches ${gigaflops(product)} here, of which trainings of large models reach about ${share}, those of small models less.`;
    return { ...describe(trainingShare * product), source };
  } finally {
    await backend.dispose();
  }
}

function speedSoFar(numbers: ReadonlyMap<string, StageNumbers>, soFar: RunSoFar): number | undefined {
  let flops = 0;
  let seconds = 0;
  for (const [id, { metrics }] of soFar.done) {
    const done = numbers.get(id)?.flops ?? NaN;
    const { trainSeconds = 0 } = metrics;
    if (!(done > 0) || trainSeconds === 0) continue;
    flops += done;
    seconds += trainSeconds;
  }
  return seconds === 0 ? undefined : flops / seconds;
}

function describe(flops: number): Pick<SpeedForecast, 'flops' | 'tokensPerSecond'> {
  return { flops, tokensPerSecond: undefined };
}

function gigaflops(value: number): string {
  return `${formatNumber(round(value / 1e9))} GFLOP/s`;
}
