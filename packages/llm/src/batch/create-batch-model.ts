import { hashText } from '@bezoar/core';
import type { ChatModel, ChatResponse } from '../chat-model.ts';
import { callKey } from '../ledger/call-key.ts';
import { budgetExceeded, createBudget, type Budget } from '../money/create-budget.ts';
import { defaultPrices } from '../money/default-prices.ts';
import { costOf, findPrice, missingPrice, type PriceTable } from '../money/price-table.ts';
import { providerError } from '../providers/failure.ts';
import type { RetryPolicy } from '../providers/with-retries.ts';
import { systemClock, type Clock } from '../schedule/clock.ts';
import { createTokenEstimator } from '../schedule/token-estimator.ts';
import type { BatchApi, BatchLimits, BatchOutcome, BatchStatus } from './batch-api.ts';
import { newBatchCall, untilAborted, type BatchCall, type Lookup } from './batch-call.ts';
import { batchCancelled, batchesGaveUp, batchRefused } from './batch-errors.ts';
import { createCollector } from './create-collector.ts';
import { makeBatch, takeUpBatch } from './make-batch.ts';
import type { BatchJournal, JournalBatch } from './open-batch-journal.ts';
import { collectResults, watchBatch, type Watch } from './watch-batch.ts';

export interface BatchModelOptions extends RetryPolicy {
  readonly api: BatchApi;
  readonly journal: BatchJournal;
  /** A batch is sent when so long no new call came (or ten times as long after its first one). 2 s by default. */
  readonly lingerMs?: number;
  /** Between two looks at a batch, once it takes long. 30 s by default. */
  readonly pollMs?: number;
  /** How often a call is put into a batch before it is given up: batches expire, and providers fail. 3 by default. */
  readonly maxAttempts?: number;
  /** How long a batch of a dead process may need until it shows in the provider's list. 60 s by default. */
  readonly settleMs?: number;
  /** US dollars, or a purse that is shared with schedulers. */
  readonly budget?: number | Budget | undefined;
  /** Added to the default table of the prices of single calls, and stronger than it. */
  readonly prices?: PriceTable | undefined;
  /** What a call in a batch costs, as a share of a single one. 0.5 by default. */
  readonly priceShare?: number;
  /** Output of a call whose request sets no `maxTokens`: under a budget it is bounded by this. 4096 by default. */
  readonly maxOutputTokens?: number;
  readonly clock?: Clock;
  /** Told after every look at a batch. */
  readonly onStatus?: (status: BatchStatus & { readonly batchId: string }) => void;
  /** Told when a batch that runs at the provider may be one of a dead process, and its end is waited for to find out. */
  readonly onUnclear?: () => void;
}

/**
 * A chat model that makes its calls in batches: cheaper, and slower, up to a day. Ask for many at once: `complete` resolves
 * when the batch of its call has ended. Put it under the ledger, not under a scheduler; it holds the budget itself.
 *
 * The process may die at any moment: with the same journal the next one goes on with the batches that are under way. A
 * call's custom id is its ledger key. A call that expired, or failed by the provider's fault, goes into another batch.
 *
 * Throws BezoarError BAD_CONFIG when there is a budget and the model has no price; `complete` throws as `ChatModel` says,
 * and BUDGET_EXCEEDED.
 */
export function createBatchModel(options: BatchModelOptions): ChatModel {
  const {
    api,
    journal,
    lingerMs = 2000,
    maxAttempts = 3,
    maxOutputTokens = 4096,
    priceShare = 0.5,
  } = options;
  const clock = options.clock ?? systemClock;
  const budget =
    typeof options.budget === 'object' ? options.budget : createBudget({ limit: options.budget });
  const price = findPrice({ ...defaultPrices, ...options.prices }, api.id);
  const limited = budget.state().limit !== undefined;
  if (limited && price === undefined) throw missingPrice(api.id);
  const estimator = createTokenEstimator();
  const making = { ...options, clock };
  const calls = new Map<string, BatchCall>();
  const watches = new Map<string, Watch>();
  const lookups = new Map<string, Lookup>();
  /** Calls that fit into the budget once others turn out cheaper. */
  let held: BatchCall[] = [];
  let limits: BatchLimits = api.limits;
  const collector = createCollector<BatchCall>({
    limits: () => limits,
    bytesOf: ({ bytes }) => bytes,
    lingerMs,
    clock,
    handOn: (ready) => void submit(ready.filter(reserve)),
  });

  budget.onSettle(() => {
    const waiting = held;
    held = [];
    for (const call of waiting) collector.add(call);
  });

  function reserve(call: BatchCall): boolean {
    const worst =
      price === undefined
        ? 0
        : costOf(price, estimator.estimate(call.request, maxOutputTokens).worst) * priceShare;
    const answer = budget.reserve(worst);
    if (answer === 'taken') call.reserved = worst;
    else if (answer === 'wait') held.push(call);
    else fail(call, budgetExceeded(budget.state(), worst));
    return answer === 'taken';
  }

  function settle(call: BatchCall, cost: number | 'uncertain'): void {
    const { reserved } = call;
    call.reserved = 0;
    budget.settle(reserved, cost);
  }

  function fail(call: BatchCall, error: unknown): void {
    calls.delete(call.customId);
    settle(call, 0);
    call.done.reject(error);
  }

  function succeed(call: BatchCall, response: ChatResponse): void {
    calls.delete(call.customId);
    const cost = price === undefined ? undefined : costOf(price, response.usage) * priceShare;
    settle(call, cost ?? 0);
    const { takenOver } = call;
    call.done.resolve({
      ...response,
      ...(cost === undefined ? {} : { cost }),
      ...(takenOver ? { takenOver } : {}),
    });
  }

  /** Into the next batch. */
  function send(call: BatchCall): void {
    if (call.listeners === 0) return;
    const { customId, request, withSchema } = call;
    settle(call, 0);
    call.entry = api.toEntry(customId, request, withSchema ? request.responseSchema : undefined);
    call.bytes = Buffer.byteLength(JSON.stringify(call.entry)) + 1;
    collector.add(call);
  }

  async function submit(ready: readonly BatchCall[]): Promise<void> {
    if (ready.length === 0) return;
    const name = nameOf(ready);
    const work = makeBatch(name, ready, making);
    const over = work.then(
      () => undefined,
      () => undefined,
    );
    lookups.set(name, { over, stop: new AbortController() });
    try {
      const batchId = await work;
      lookups.delete(name);
      for (const call of ready) {
        if (batchId === undefined) resume(call);
        else attach(call, { name, batchId, immediately: false });
      }
    } catch (error) {
      lookups.delete(name);
      for (const call of ready) fail(call, error);
    }
  }

  function attach(call: BatchCall, { name, batchId, immediately }: Attachment): void {
    // Nobody waits for it any more, and it will be billed; the journal knows it.
    if (call.listeners === 0) {
      settle(call, 'uncertain');
      return;
    }
    let watch = watches.get(name);
    if (watch === undefined) {
      watch = watchBatch({ ...making, batchId, immediately });
      watches.set(name, watch);
      void follow(name, batchId, watch);
    }
    call.watch = watch;
    watch.add();
  }

  async function follow(name: string, batchId: string, watch: Watch): Promise<void> {
    const waiting = (): BatchCall[] => [...calls.values()].filter((call) => call.watch === watch);
    try {
      const status = await watch.ended;
      watches.delete(name);
      if (status === undefined) return;
      if (status.state === 'refused') {
        journal.gone(name);
        refuse(waiting(), status);
        return;
      }
      const outcomes = await collectResults({
        ...making,
        name,
        batchId,
        wanted: new Set(waiting().map(idOf)),
      });
      for (const call of waiting()) {
        call.watch = undefined;
        finish(call, outcomes.get(call.customId) ?? missingResult);
      }
    } catch (error) {
      watches.delete(name);
      for (const call of waiting()) fail(call, error);
    }
  }

  function refuse(refused: readonly BatchCall[], { refusal }: BatchStatus): void {
    const { message = 'no reason given', busy = false } = refusal ?? {};
    if (!busy) {
      for (const call of refused) fail(call, batchRefused(api, message));
      return;
    }
    for (const call of refused) call.watch = undefined;
    limits = { ...limits, requests: Math.max(1, Math.ceil(refused.length / 2)) };
    void clock.sleep(options.pollMs ?? 30_000).then(() => {
      for (const call of refused) finish(call, { kind: 'again', reason: message });
    });
  }

  function finish(call: BatchCall, outcome: BatchOutcome): void {
    switch (outcome.kind) {
      case 'answered':
        succeed(call, outcome.response);
        return;
      case 'cancelled':
        fail(call, batchCancelled(api.id));
        return;
      case 'failed':
        if (
          call.withSchema &&
          call.request.responseSchema !== undefined &&
          api.refusesSchema(outcome.failure)
        ) {
          call.withSchema = false;
          send(call);
        } else {
          fail(call, providerError({ model: api.id, failure: outcome.failure, apiKey: api.apiKey }));
        }
        return;
      case 'again':
        if (++call.attempts < maxAttempts) send(call);
        else fail(call, batchesGaveUp({ model: api.id, reason: outcome.reason, attempts: call.attempts }));
    }
  }

  /** Goes on with a call where an earlier process, or this one, has left it. */
  function resume(call: BatchCall): void {
    begin(call).catch((error: unknown) => fail(call, error));
  }

  async function begin(call: BatchCall): Promise<void> {
    while (call.listeners > 0) {
      const known = journal.find(call.customId);
      // What has become of it there is known, or will be: it is not paid beside the answer.
      call.takenOver ||= known !== undefined;
      if (known?.line !== undefined) {
        finish(call, api.readResult(known.line).outcome);
        return;
      }
      if (known === undefined || known.batch.state === 'ended' || known.batch.state === 'gone') {
        send(call);
        return;
      }
      if (known.batch.batchId !== null) {
        const { name, batchId } = known.batch;
        attach(call, { name, batchId, immediately: true });
        return;
      }
      call.lookup = lookUp(known.batch);
      await call.lookup.over;
      call.lookup = undefined;
    }
  }

  /** Once for all calls of the batch. */
  function lookUp(batch: JournalBatch): Lookup {
    const running = lookups.get(batch.name);
    if (running !== undefined) return running;
    const stop = new AbortController();
    const over = takeUpBatch(batch, { ...making, signal: stop.signal }).finally(() =>
      lookups.delete(batch.name),
    );
    const lookup = { over, stop };
    lookups.set(batch.name, lookup);
    return lookup;
  }

  function abandon(call: BatchCall): void {
    if (--call.listeners > 0) return;
    calls.delete(call.customId);
    collector.remove(call);
    held = held.filter((each) => each !== call);
    const { lookup } = call;
    if (lookup !== undefined && ![...calls.values()].some((each) => each.lookup === lookup))
      lookup.stop.abort();
    if (call.watch === undefined) return;
    call.watch.remove();
    settle(call, 'uncertain');
  }

  return {
    id: api.id,
    complete(unbounded, callOptions = {}) {
      const request = limited ? { maxTokens: maxOutputTokens, ...unbounded } : unbounded;
      const customId = callKey({ model: api.id, request: unbounded, promptVersion: '' });
      const call = calls.get(customId);
      if (call !== undefined) {
        call.listeners++;
        return untilAborted(call, callOptions, abandon);
      }
      const fresh = newBatchCall(customId, request);
      calls.set(customId, fresh);
      resume(fresh);
      return untilAborted(fresh, callOptions, abandon);
    },
  };
}

interface Attachment {
  readonly name: string;
  readonly batchId: string;
  /** The first look at once: an old batch may have ended long ago. */
  readonly immediately: boolean;
}

const idOf = ({ customId }: BatchCall): string => customId;

/** Of the calls and the moment: the same calls may have to go a second time. */
function nameOf(calls: readonly BatchCall[]): string {
  return `bezoar-${hashText([Date.now(), performance.now(), ...calls.map(idOf)].join('\n')).slice(0, 40)}`;
}

const missingResult: BatchOutcome = { kind: 'again', reason: 'The batch ended without a result for it.' };
