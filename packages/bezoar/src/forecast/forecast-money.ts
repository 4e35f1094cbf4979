import type { Recipe } from '../recipe/recipe.ts';
import { amountOf } from './amount.ts';
import type { ModelForecast, MoneyForecast, Total } from './forecast.ts';
import { dollarsOf, priceModel } from './money.ts';
import type { StageNumbers } from './stage-numbers.ts';

type Numbers = ReadonlyMap<string, StageNumbers>;

export interface ForecastMoneyOptions {
  readonly recipe: Recipe;
  /** In the three scenarios: the least, what is expected, the most. */
  readonly numbers: readonly [Numbers, Numbers, Numbers];
  /** Of all stages. */
  readonly dollars: Total;
  /** In the run folder, so far. */
  readonly spent: number;
}

/** The calls of all stages by model, and whether the budget will do for them. */
export function forecastMoney({ recipe, numbers, dollars, spent }: ForecastMoneyOptions): MoneyForecast {
  const names = new Set(
    [...numbers[1].values()].flatMap(({ calls = [] }) => calls.map(({ model }) => model)),
  );
  const models = [...names].map((name): ModelForecast => {
    const { id, price, isBatched } = priceModel(name, recipe);
    const sums = numbers.map((each) => {
      const own = [...each.values()].flatMap(({ calls = [] }) => calls.filter(({ model }) => model === name));
      return {
        calls: own.reduce((sum, { calls }) => sum + calls, 0),
        dollars: own.reduce((sum, call) => sum + dollarsOf(call, price), 0),
      };
    });
    const amount = (key: 'calls' | 'dollars'): ModelForecast['calls'] =>
      amountOf(sums[0]![key], sums[1]![key], sums[2]![key]) ?? null;
    return { name, id, price: price ?? null, isBatched, calls: amount('calls'), dollars: amount('dollars') };
  });
  const { budget } = recipe;
  const suffices =
    budget === undefined || dollars.isPartial
      ? undefined
      : { expected: spent + dollars.value <= budget, worst: spent + dollars.most <= budget };
  return { budget, spent, models, suffices };
}
