import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createCpuBackend } from '@bezoar/backend-cpu';
import {
  createBudget,
  createScheduler,
  openLedger,
  withLedger,
  withScheduler,
  type Budget,
  type ChatModel,
  type Ledger,
  type PriceTable,
  type Scheduler,
} from '@bezoar/llm';
import type { BackendChoice, ChatModelChoice } from '../recipe/recipe.ts';
import { definite } from '../stages/definite.ts';
import { meterModel, type Usage } from './meter-model.ts';

/** What the stages of a run share: one backend and one call ledger, each opened at its first use. */
export interface RunResources {
  backend(): Promise<Backend>;
  /**
   * The model with the ledger in front of it and its limits and the run's budget behind; its answers are counted in `usage`.
   * Throws BezoarError BAD_CONFIG when there is a budget and the model has no price.
   */
  chat(model: ChatModel, place: ChatPlace): ChatModel;
  /** Calls and tokens that a stage has cost so far, over all runs. Undefined when no model was asked. */
  paid(stage: string): Usage | undefined;
  close(): Promise<void>;
}

export interface ChatPlace {
  readonly stage: string;
  readonly usage: Usage;
  readonly choice: ChatModelChoice;
}

export interface ResourceOptions {
  readonly backend: BackendChoice;
  readonly ledgerPath: string;
  /** US dollars. */
  readonly budget: number | undefined;
}

export function createRunResources(options: ResourceOptions): RunResources {
  let backend: Promise<Backend> | undefined;
  let ledger: Ledger | undefined;
  let budget: Budget | undefined;
  /** By model: limits hold for all stages together. */
  const schedulers = new Map<string, Scheduler>();

  const schedulerOf = (model: ChatModel, { price, ...limits }: ChatModelChoice, purse: Budget): Scheduler => {
    const known = schedulers.get(model.id);
    if (known !== undefined) return known;
    const scheduler = createScheduler({ limits, budget: purse, ...pricesOf(model, price) });
    schedulers.set(model.id, scheduler);
    return scheduler;
  };

  return {
    backend: () => (backend ??= openBackend(options.backend)),
    chat(model, { stage, usage, choice }) {
      ledger ??= openLedger({ path: options.ledgerPath });
      budget ??= createBudget({ limit: options.budget, spent: spentBefore(ledger) });
      const scheduled = withScheduler(model, schedulerOf(model, choice, budget));
      return meterModel(withLedger(scheduled, ledger, { stage }), usage);
    },
    paid(stage) {
      if (ledger === undefined) return undefined;
      return { ...ledger.stats(stage), cached: 0 };
    },
    async close() {
      ledger?.close();
      await (await backend)?.dispose();
    },
  };
}

/** Throws BezoarError BAD_CONFIG when nobody knows what the model costs: a budget could not be held. */
export function requirePrice(model: ChatModel, { price }: ChatModelChoice): void {
  createScheduler({ budget: 0, ...pricesOf(model, price) }).check(model);
}

function pricesOf({ id }: ChatModel, price: ChatModelChoice['price']): { readonly prices?: PriceTable } {
  return price === undefined ? {} : { prices: { [id]: price } };
}

/** What earlier runs in the same folder have cost. */
function spentBefore(ledger: Ledger): number {
  const { cost, paidTwiceCost } = ledger.stats();
  return cost + paidTwiceCost;
}

/** The backend that a recipe or a flag chooses. */
export async function openBackend({ kind, ...options }: BackendChoice): Promise<Backend> {
  return kind === 'reference' ? createReferenceBackend() : createCpuBackend(definite(options));
}
