import type { Backend } from '@bezoar/backend';
import {
  createBatchModel,
  createBudget,
  createScheduler,
  openBatchJournal,
  openLedger,
  withLedger,
  withQueue,
  withScheduler,
  type BatchJournal,
  type Budget,
  type CallQueue,
  type ChatModel,
  type Ledger,
  type ModelStats,
  type PriceTable,
  type Scheduler,
} from '@bezoar/llm';
import { existsSync } from 'node:fs';
import type { BackendChoice, ChatModelChoice } from '../recipe/recipe.ts';
import type { BackendPlan } from '../stages/stage-context.ts';
import type { OpenedChat } from './chat-models.ts';
import { meterModel, type Usage } from './meter-model.ts';
import { openBackend } from './open-backend.ts';

/** What the stages of a run share: one backend and one call ledger, each opened at its first use. */
export interface RunResources {
  backend(plan?: BackendPlan): Promise<Backend>;
  /**
   * The model with the ledger in front of it and its limits and the run's budget behind; its answers are counted in `usage`.
   * Throws BezoarError BAD_CONFIG when there is a budget and the model has no price.
   */
  chat(opened: OpenedChat, place: ChatPlace): ChatModel;
  /** Calls and tokens that a stage has cost so far, over all runs. Undefined when no model was asked. */
  paid(stage: string): Usage | undefined;
  /** The same by model, over several stages. */
  costs(stages: readonly string[]): ModelStats[];
  close(): Promise<void>;
}

export interface ChatPlace {
  readonly stage: string;
  readonly usage: Usage;
  readonly choice: ChatModelChoice;
  /** Told what a batch is about, now and then. */
  readonly note: (message: string) => void;
}

export interface ResourceOptions {
  readonly backend: BackendChoice;
  readonly ledgerPath: string;
  /** Of batches; made when there is one. */
  readonly journalPath: string;
  /** US dollars. */
  readonly budget: number | undefined;
  readonly prices: PriceTable | undefined;
  /** The most calls that any stage has in flight: none of them waits for the scheduler to find out. */
  readonly concurrency: number | undefined;
  /** Where the calls of queued models are made. */
  readonly queue: CallQueue | undefined;
}

export function createRunResources(options: ResourceOptions): RunResources {
  let backend: Promise<Backend> | undefined;
  let ledger: Ledger | undefined;
  let journal: BatchJournal | undefined;
  let budget: Budget | undefined;
  /** By model: limits hold for all stages together. */
  const schedulers = new Map<string, Scheduler>();

  const openedLedger = (): Ledger => (ledger ??= openLedger({ path: options.ledgerPath }));

  const schedulerOf = ({ id, kind }: OpenedChat, { choice }: ChatPlace, purse: Budget): Scheduler => {
    const known = schedulers.get(id);
    if (known !== undefined) return known;
    const { concurrency: initial } = options;
    const scheduler = createScheduler({
      limits: choice,
      budget: purse,
      prices: pricesOf(id, choice, options.prices),
      ...(initial === undefined ? {} : { concurrency: { initial, max: Math.max(initial, 256) } }),
      ...(kind === 'queued' ? inAQueue : {}),
    });
    schedulers.set(id, scheduler);
    return scheduler;
  };

  const connect = (opened: OpenedChat, place: ChatPlace, purse: Budget): ChatModel => {
    if (opened.kind === 'single') return withScheduler(opened.model, schedulerOf(opened, place, purse));
    if (opened.kind === 'queued')
      return withScheduler(withQueue(opened, options.queue!), schedulerOf(opened, place, purse));
    journal ??= openBatchJournal({ path: options.journalPath });
    return createBatchModel({
      api: opened.api,
      journal,
      budget: purse,
      prices: pricesOf(opened.id, place.choice, options.prices),
      onStatus: ({ batchId, detail, done, total }) =>
        place.note(`batch ${batchId}: ${detail}, ${done} of ${total} calls`),
      onUnclear: () =>
        place.note(`a batch that runs at ${opened.id} may be one of an earlier run: its end will tell`),
    });
  };

  return {
    backend: (plan) => (backend ??= openBackend(options.backend, plan)),
    chat(opened, place) {
      const memory = openedLedger();
      budget ??= createBudget({ limit: options.budget, spent: spentBefore(memory) });
      const { stage, usage } = place;
      return meterModel(withLedger(connect(opened, place, budget), memory, { stage }), usage);
    },
    paid(stage) {
      if (ledger === undefined) return undefined;
      return { ...ledger.stats(stage), cached: 0 };
    },
    costs(stages) {
      if (ledger === undefined && !existsSync(options.ledgerPath)) return [];
      return openedLedger().statsByModel(stages);
    },
    async close() {
      await options.queue?.close();
      ledger?.close();
      journal?.close();
      await (await backend)?.dispose();
    },
  };
}

/** The workers find out how many calls a provider takes, and try again what it refuses; here only the stage's concurrency counts. */
const inAQueue = { maxRetries: 0, concurrency: { initial: Infinity, max: Infinity } } as const;

/** Throws BezoarError BAD_CONFIG when nobody knows what the model costs: a budget could not be held. */
export function requirePrice(
  { id }: OpenedChat,
  choice: ChatModelChoice,
  prices: PriceTable | undefined,
): void {
  const nobody = { id, complete: () => Promise.reject(new Error('It is only asked for its name.')) };
  createScheduler({ budget: 0, prices: pricesOf(id, choice, prices) }).check(nobody);
}

/** The price that the choice names stands over the table's. */
export function pricesOf(id: string, { price }: ChatModelChoice, prices: PriceTable | undefined): PriceTable {
  return { ...prices, ...(price === undefined ? {} : { [id]: price }) };
}

/** What earlier runs in the same folder have cost. */
function spentBefore(ledger: Ledger): number {
  const { cost, paidTwiceCost } = ledger.stats();
  return cost + paidTwiceCost;
}
