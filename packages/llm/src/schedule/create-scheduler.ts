import { BezoarError, createRng, describeError } from '@bezoar/core';
import type { CallOptions, ChatModel, ChatRequest, ChatResponse } from '../chat-model.ts';
import { createBudget, type Budget, type BudgetState } from '../money/create-budget.ts';
import { defaultPrices } from '../money/default-prices.ts';
import { costOf, findPrice, missingPrice, type ModelPrice, type PriceTable } from '../money/price-table.ts';
import type { RetryPolicy } from '../providers/with-retries.ts';
import { createAdaptiveConcurrency, type ConcurrencyOptions } from './adaptive-concurrency.ts';
import { createCircuitBreaker, type CircuitOptions, type CircuitState } from './circuit-breaker.ts';
import { systemClock, type Clock } from './clock.ts';
import { createDispatcher, type Permit } from './dispatcher.ts';
import { createRateWindows, type RateLimits } from './rate-windows.ts';
import { readCallFailure, type CallFailure } from './read-call-failure.ts';
import { throwIfInterrupted } from './throw-if-interrupted.ts';
import { createTokenEstimator, type TokenEstimate } from './token-estimator.ts';

export interface SchedulerOptions extends RetryPolicy {
  /** Those that are left out are learnt from the provider's headers. */
  readonly limits?: RateLimits;
  /** US dollars, or a purse that several schedulers share. */
  readonly budget?: number | Budget | undefined;
  /** Added to the default table, and stronger than it. */
  readonly prices?: PriceTable | undefined;
  /** Output of a call whose request sets no `maxTokens`: under a budget it is bounded by this. 4096 by default. */
  readonly maxOutputTokens?: number;
  readonly concurrency?: ConcurrencyOptions;
  readonly circuit?: CircuitOptions;
  readonly clock?: Clock;
  /** Of the random pauses. */
  readonly seed?: number | string;
}

export interface SchedulerState {
  readonly inFlight: number;
  readonly queued: number;
  /** Calls that may be in flight now. */
  readonly concurrency: number;
  readonly limits: RateLimits;
  readonly circuit: CircuitState;
  readonly pausedForMs: number;
  /** Tries, and those of them that were repeated. */
  readonly tries: number;
  readonly retries: number;
  readonly budget: BudgetState;
}

/** Decides when calls are made. One for each account or model that has limits of its own. */
export interface Scheduler {
  /** Throws BezoarError BAD_CONFIG when there is a budget and the model has no price. */
  check(model: ChatModel): void;
  complete(model: ChatModel, request: ChatRequest, options?: CallOptions): Promise<ChatResponse>;
  state(): SchedulerState;
}

/**
 * A scheduler of calls: they start in order, when a place is free (more places while all goes well, fewer after a burst
 * of 429s), when requests and expected tokens fit into the minute's limits, and when their worst case fits into the
 * budget. Afterwards the true tokens and costs take the place of the reserved ones.
 *
 * A refused try is repeated: a 429 pauses everyone for as long as the provider asks (not longer than `maxWaitMs` for one
 * call), anything else only its own call, with full jitter. After `circuit.failures` calls in a row that failed for good,
 * nothing is sent any more but a probe from time to time.
 */
export function createScheduler(options: SchedulerOptions = {}): Scheduler {
  const { maxRetries = 6, maxWaitMs = 300_000, baseDelayMs = 1000, maxOutputTokens = 4096 } = options;
  const { clock = systemClock, seed = performance.now() } = options;
  const prices: PriceTable = { ...defaultPrices, ...options.prices };
  const budget =
    typeof options.budget === 'object' ? options.budget : createBudget({ limit: options.budget });
  const now = (): number => clock.now();
  const windows = createRateWindows(options.limits ?? {}, now);
  const concurrency = createAdaptiveConcurrency(options.concurrency);
  const circuit = createCircuitBreaker(options.circuit ?? {}, now);
  const estimator = createTokenEstimator();
  const dispatcher = createDispatcher({ windows, concurrency, budget, clock, maxWaitMs });
  const rng = createRng(seed);
  const limited = budget.state().limit !== undefined;
  let orders = 0;
  let retries = 0;
  /** Bursts of refusals in a row, and the newest try that the last of them covers. */
  let bursts = 0;
  let burstTicket = 0;
  let lastFailure = '';

  function priceOf(model: ChatModel): ModelPrice | undefined {
    const price = findPrice(prices, model.id);
    if (price === undefined && limited) throw missingPrice(model.id);
    return price;
  }

  async function complete(
    model: ChatModel,
    unbounded: ChatRequest,
    callOptions: CallOptions = {},
  ): Promise<ChatResponse> {
    const price = priceOf(model);
    const { signal } = callOptions;
    const request = limited ? { maxTokens: maxOutputTokens, ...unbounded } : unbounded;
    const order = orders++;
    let waited = 0;
    for (let attempt = 0; ; attempt++) {
      const admission = circuit.admit();
      if (admission === 'refused') throw circuitOpen(lastFailure, circuit.retryInMs());
      const estimate = estimator.estimate(request, maxOutputTokens);
      const worstCost = price === undefined ? 0 : costOf(price, estimate.worst);
      const permit = await dispatcher
        .acquire({ order, expected: estimate.expected, worstCost, signal })
        .catch((error: unknown) => {
          if (admission === 'probe') circuit.abandonProbe();
          throw error;
        });
      try {
        const response = await model.complete(request, { ...callOptions, retry: false });
        return settle(response, { request, permit, price, estimate });
      } catch (error) {
        const failure = readCallFailure(error);
        const pause = pauseAfter(failure, permit, attempt);
        const probe = admission === 'probe';
        const givesUp = !failure.retryable || probe || attempt >= maxRetries || waited + pause.ms > maxWaitMs;
        // Before the place is given back: those who wait shall not start now.
        if (givesUp) giveUp(error, failure, probe);
        if (failure.mayBeBilled) permit.end(estimate.expected, 'uncertain');
        else permit.end({ inputTokens: 0, outputTokens: 0 }, 0);
        dispatcher.pump();
        if (givesUp) throw error;
        retries++;
        waited += pause.ms;
        if (!pause.shared) await clock.sleep(pause.ms, signal);
        throwIfInterrupted(signal);
      }
    }
  }

  function settle(
    { rateLimit, ...response }: ChatResponse,
    { request, permit, price, estimate }: Call,
  ): ChatResponse {
    if (rateLimit !== undefined) windows.learn(rateLimit);
    const { inputTokens, outputTokens } = response.usage;
    // A server that counts nothing: keep what was reserved.
    const counted = inputTokens + outputTokens > 0;
    const full = dispatcher.inFlight >= concurrency.limit;
    const priced = price === undefined ? undefined : costOf(price, counted ? response.usage : estimate.worst);
    // Whoever made the call for us, a worker behind a queue, knows better.
    const cost = response.cost ?? priced;
    if (counted) estimator.observe(request, response.usage);
    if (permit.ticket > burstTicket) bursts = 0;
    circuit.succeeded();
    concurrency.succeeded(full);
    permit.end(counted ? response.usage : estimate.expected, cost ?? 0);
    dispatcher.pump();
    return { ...response, ...(cost === undefined ? {} : { cost }) };
  }

  function pauseAfter(
    { rateLimit, slowDown: everyone, retryAfterMs }: CallFailure,
    permit: Permit,
    attempt: number,
  ): Pause {
    if (rateLimit !== undefined) windows.learn(rateLimit);
    return everyone
      ? { shared: true, ms: slowDown(permit, retryAfterMs) }
      : { shared: false, ms: retryAfterMs ?? rng.next() * baseDelayMs * 2 ** attempt };
  }

  /** What a failure for good means for the other calls. */
  function giveUp(error: unknown, { retryable }: CallFailure, probe: boolean): void {
    if (retryable) {
      lastFailure = describeError(error);
      if (circuit.failed()) dispatcher.rejectQueued(circuitOpen(lastFailure, circuit.retryInMs()));
      return;
    }
    if (probe) circuit.abandonProbe();
    // Every other call would fail too.
    if (BezoarError.isInstance(error) && error.code === 'PROVIDER_AUTH') dispatcher.rejectQueued(error);
  }

  /** Pauses everyone, and takes places away: once for a burst. */
  function slowDown({ ticket }: Permit, retryAfterMs: number | undefined): number {
    const { lastTicket } = dispatcher;
    if (!concurrency.slowDown(ticket, lastTicket)) return dispatcher.pause(retryAfterMs ?? 0);
    burstTicket = lastTicket;
    const ownPause = baseDelayMs * 2 ** Math.min(bursts++, 10) * (0.5 + rng.next() / 2);
    return dispatcher.pause(retryAfterMs ?? ownPause);
  }

  return {
    check: (model) => void priceOf(model),
    complete,
    state: () => ({
      inFlight: dispatcher.inFlight,
      queued: dispatcher.queued,
      concurrency: concurrency.limit,
      limits: windows.limits(),
      circuit: circuit.state(),
      pausedForMs: dispatcher.pausedForMs,
      tries: dispatcher.lastTicket,
      retries,
      budget: budget.state(),
    }),
  };
}

interface Call {
  readonly request: ChatRequest;
  readonly permit: Permit;
  readonly price: ModelPrice | undefined;
  readonly estimate: TokenEstimate;
}

interface Pause {
  readonly ms: number;
  /** The dispatcher waits for all. */
  readonly shared: boolean;
}

function circuitOpen(lastFailure: string, retryInMs: number): BezoarError {
  return new BezoarError(
    'PROVIDER_UNAVAILABLE',
    `Calls are stopped because too many failed in a row. The last one: ${lastFailure}`,
    {
      advice: 'Run the same command again later: calls that were answered are not made twice.',
      data: { circuit: 'open', retryInMs, mayBeBilled: false },
    },
  );
}
