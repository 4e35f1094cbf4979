import type { Recipe, Stage } from '../recipe/recipe.ts';
import { priceModel } from './money.ts';
import type { CallNumbers } from './stage-numbers.ts';

/** Until a batch is answered, at the latest. */
const batchSeconds = 86_400;
/** In flight at a time where a stage names no number: its own default, and that of a run over a queue. */
const usualConcurrency = { own: 8, queue: 64 } as const;

export interface CallSecondsOptions {
  readonly stage: Stage;
  readonly recipe: Pick<Recipe, 'models' | 'prices' | 'queue'>;
  /** Tokens a second that one call in flight writes. */
  readonly speed: () => number;
}

/** How long one model takes for the calls of a stage: as its limits say, or its speed, whichever is slower. Scripts take none. */
export function callSeconds(
  { model, calls, inputTokens, outputTokens }: CallNumbers,
  { stage, recipe, speed }: CallSecondsOptions,
): number {
  const { isBatched, isScript } = priceModel(model, recipe);
  if (calls === 0 || isScript) return 0;
  if (isBatched) return batchSeconds;
  const choice = recipe.models[model]!;
  const { own, queue } = usualConcurrency;
  const wanted = 'concurrency' in stage ? stage.concurrency : undefined;
  const inFlight = Math.min(calls, wanted ?? (recipe.queue === undefined ? own : queue));
  const atLimit = (amount: number, perMinute: number | undefined): number =>
    perMinute === undefined ? 0 : (60 * amount) / perMinute;
  return Math.max(
    outputTokens / speed() / inFlight,
    atLimit(calls, choice.requestsPerMinute),
    atLimit(inputTokens, choice.inputTokensPerMinute),
    atLimit(outputTokens, choice.outputTokensPerMinute),
    atLimit(inputTokens + outputTokens, choice.tokensPerMinute),
  );
}
