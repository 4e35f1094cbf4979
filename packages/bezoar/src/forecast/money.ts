import { costOf, defaultPrices, findPrice, parseModelSpec, type ModelPrice } from '@bezoar/llm';
import type { ChatModelChoice, Recipe } from '../recipe/recipe.ts';
import { pricesOf } from '../run/run-resources.ts';
import type { CallNumbers } from './stage-numbers.ts';

/** What batches cost of the list price. */
const batchShare = 0.5;

export interface PricedModel {
  readonly id: string;
  /** US dollars for a million tokens, as they will be paid. */
  readonly price: ModelPrice | undefined;
  readonly isBatched: boolean;
  readonly isScript: boolean;
}

/** What a chat model of the recipe costs. */
export function priceModel(name: string, { models, prices }: Pick<Recipe, 'models' | 'prices'>): PricedModel {
  const choice: ChatModelChoice = models[name]!;
  const { provider, model } = parseModelSpec(choice.model);
  const isScript = provider === 'script';
  const id = `${isScript ? 'scripted' : provider}:${model}`;
  const isBatched = choice.batch === true;
  const listed = findPrice({ ...defaultPrices, ...pricesOf(id, choice, prices) }, id);
  const share = isBatched ? batchShare : 1;
  const price = listed && { input: share * listed.input, output: share * listed.output };
  return { id, price, isBatched, isScript };
}

/** US dollars. NaN where there are calls and no price. */
export function dollarsOf({ calls, ...tokens }: CallNumbers, price: ModelPrice | undefined): number {
  // What is free costs nothing, however much of it nobody knows.
  if (calls === 0 || (price?.input === 0 && price.output === 0)) return 0;
  return price === undefined ? NaN : costOf(price, tokens);
}
