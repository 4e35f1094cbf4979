import { createBudget, createScheduler, withScheduler, type ChatModel, type PriceTable } from '@bezoar/llm';
import type { ChatModelChoice } from '../recipe/recipe.ts';
import { openModel } from './chat-models.ts';
import { pricesOf } from './run-resources.ts';

export interface ServedModelsOptions {
  readonly models: readonly ChatModelChoice[];
  /** Calls of a model in flight at the same time. */
  readonly concurrency: number;
  /** US dollars, for all models together. */
  readonly budget?: number | undefined;
  readonly prices?: PriceTable | undefined;
  readonly resolve: (path: string) => string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The models that a worker serves, each with its scheduler. Throws what `openModel` throws, and BezoarError BAD_CONFIG
 * when there is a budget and a model has no price.
 */
export async function openServedModels(options: ServedModelsOptions): Promise<ChatModel[]> {
  const { concurrency, prices, resolve, env } = options;
  const budget = createBudget({ limit: options.budget });
  const served: ChatModel[] = [];
  for (const choice of options.models) {
    const model = await openModel(choice, { recipe: {}, resolve, env });
    const scheduler = createScheduler({
      budget,
      prices: pricesOf(model.id, choice, prices),
      concurrency: { initial: concurrency, max: concurrency },
    });
    served.push(withScheduler(model, scheduler));
  }
  return served;
}
