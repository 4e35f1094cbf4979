import { BezoarError } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import type { ChatModel, ChatRequest, ChatResponse } from '../chat-model.ts';
import { createBudget } from '../money/create-budget.ts';
import { createTestClock, type TestClock } from '../testing/create-test-clock.ts';
import { createScheduler, type SchedulerOptions } from './create-scheduler.ts';
import { withScheduler } from './with-scheduler.ts';

const question: ChatRequest = { messages: [{ role: 'user', content: 'x'.repeat(100) }], maxTokens: 50 };
const answer: ChatResponse = {
  text: 'yes',
  finishReason: 'stop',
  usage: { inputTokens: 30, outputTokens: 10 },
  model: 'm',
};
const unavailable = (data: Record<string, unknown>): BezoarError =>
  new BezoarError('PROVIDER_UNAVAILABLE', 'busy', { data });

/** A model that takes `ms` of the clock for each call, and does what `reply` says at its nth call. */
function start(
  options: Omit<SchedulerOptions, 'clock'>,
  reply: (call: number, at: number) => ChatResponse | BezoarError = () => answer,
  ms = 10,
): { clock: TestClock; model: ChatModel; starts: number[]; scheduler: ReturnType<typeof createScheduler> } {
  const clock = createTestClock();
  const starts: number[] = [];
  const scheduler = createScheduler({ seed: 1, ...options, clock });
  const bare: ChatModel = {
    id: 'openai:m',
    async complete(_, { retry } = {}) {
      expect(retry).toBe(false);
      const call = starts.push(clock.now()) - 1;
      await clock.sleep(ms);
      const result = reply(call, clock.now());
      if (result instanceof BezoarError) throw result;
      return result;
    },
  };
  return { clock, starts, scheduler, model: withScheduler(bare, scheduler) };
}

/** Most that any 60 seconds see. */
function busiestMinute(starts: readonly number[], amount = 1): number {
  return Math.max(
    ...starts.map((at) => starts.filter((each) => each >= at && each < at + 60_000).length * amount),
  );
}

const ask = (model: ChatModel, count: number): Promise<PromiseSettledResult<ChatResponse>[]> =>
  Promise.allSettled(Array.from({ length: count }, () => model.complete(question)));
const codesOf = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as BezoarError).code));

describe('limits', () => {
  it('lets no minute see more requests than allowed, and uses all of them', async () => {
    const { clock, model, starts } = start({ limits: { requestsPerMinute: 30 } });
    const all = ask(model, 90);
    await clock.advance(200_000);
    await all;
    expect(busiestMinute(starts)).toBe(30);
    expect(starts.at(-1)).toBeLessThan(125_000);
  });

  it('reserves expected tokens and settles what they were', async () => {
    const { clock, model, starts } = start({
      limits: { inputTokensPerMinute: 3000, outputTokensPerMinute: 1000 },
    });
    const all = ask(model, 300);
    await clock.advance(600_000);
    await all;
    // 30 and 10 tokens a call: both limits mean 100 calls.
    expect(busiestMinute(starts)).toBeLessThanOrEqual(100);
    expect(starts.at(-1)).toBeLessThan(185_000);
  });

  it('learns limits from headers, and never raises those that were given', async () => {
    const rateLimit = {
      requests: { limit: 6, remaining: 5, resetMs: 60_000 },
      outputTokens: { limit: 480_000 },
    };
    const { clock, model, starts, scheduler } = start(
      { limits: { outputTokensPerMinute: 80_000 }, concurrency: { initial: 1, max: 1 } },
      () => ({ ...answer, rateLimit }),
    );
    const all = ask(model, 12);
    await clock.advance(130_000);
    expect(codesOf(await all)).toEqual(Array.from({ length: 12 }, () => 'ok'));
    expect(scheduler.state().limits).toEqual({ requestsPerMinute: 6, outputTokensPerMinute: 80_000 });
    // The first call was made before anything was known.
    expect(busiestMinute(starts)).toBeLessThanOrEqual(7);
  });

  it('waits as long as the provider says that nothing remains', async () => {
    const { clock, model, starts } = start({ concurrency: { initial: 1 } }, (call) => ({
      ...answer,
      rateLimit: { requests: { limit: 100, remaining: call === 0 ? 0 : 50, resetMs: 20_000 } },
    }));
    const all = ask(model, 2);
    await clock.advance(30_000);
    await all;
    expect(starts[1]).toBe(20_010);
  });
});

describe('429', () => {
  it('pauses everyone once, for as long as Retry-After says, and cuts once for a burst', async () => {
    const { clock, model, starts, scheduler } = start({ concurrency: { initial: 8 } }, (call) =>
      call < 8 ? unavailable({ status: 429, retryAfterMs: 90_000 }) : answer,
    );
    const all = ask(model, 20);
    await clock.advance(100);
    expect(scheduler.state()).toMatchObject({ concurrency: 6, inFlight: 0, queued: 20, pausedForMs: 89_910 });
    await clock.advance(100_000);
    expect(codesOf(await all)).toEqual(Array.from({ length: 20 }, () => 'ok'));
    expect(starts[8]).toBe(90_010);
    expect(starts).toHaveLength(28);
    expect(scheduler.state()).toMatchObject({ tries: 28, retries: 8 });
  });

  it('pauses longer with every burst when nobody says how long', async () => {
    const { clock, model, starts } = start({ concurrency: { initial: 1 } }, (call) =>
      call < 4 ? unavailable({ status: 429 }) : answer,
    );
    const all = ask(model, 1);
    await clock.advance(100_000);
    await all;
    const pauses = starts.slice(1).map((at, i) => at - starts[i]! - 10);
    pauses.forEach((pause, i) => {
      expect(pause).toBeGreaterThanOrEqual(500 * 2 ** i);
      expect(pause).toBeLessThanOrEqual(1000 * 2 ** i);
    });
  });

  it('does not wait longer than allowed, and lets nobody else wait', async () => {
    const { clock, model, starts } = start({ concurrency: { initial: 1 }, maxWaitMs: 60_000 }, () =>
      unavailable({ status: 429, retryAfterMs: 3_600_000 }),
    );
    const all = ask(model, 5);
    await clock.advance(20);
    expect(codesOf(await all)).toEqual(Array.from({ length: 5 }, () => 'PROVIDER_UNAVAILABLE'));
    expect(starts).toHaveLength(1);
  });

  it('makes places again while all goes well', async () => {
    const { clock, model, scheduler } = start({ concurrency: { initial: 2, max: 5 } });
    const all = ask(model, 40);
    await clock.advance(1000);
    await all;
    expect(scheduler.state().concurrency).toBe(5);
  });
});

describe('circuit', () => {
  it('opens after failures in a row, refuses at once, probes, and closes again', async () => {
    let down = true;
    const { clock, model, starts, scheduler } = start(
      { maxRetries: 0, concurrency: { initial: 3 }, circuit: { failures: 3, probeAfterMs: 30_000 } },
      () => (down ? unavailable({ status: 500 }) : answer),
    );
    const all = ask(model, 50);
    await clock.advance(5000);
    const results = await all;
    expect(new Set(codesOf(results))).toEqual(new Set(['PROVIDER_UNAVAILABLE']));
    expect(starts.length).toBeLessThanOrEqual(5);
    expect(scheduler.state().circuit).toBe('open');

    const before = starts.length;
    expect(codesOf(await ask(model, 1))).toEqual(['PROVIDER_UNAVAILABLE']);
    expect(starts).toHaveLength(before);
    await clock.advance(30_000);
    const probe = ask(model, 2);
    await clock.advance(10);
    expect(codesOf(await probe)).toEqual(['PROVIDER_UNAVAILABLE', 'PROVIDER_UNAVAILABLE']);
    expect(starts).toHaveLength(before + 1);

    down = false;
    await clock.advance(30_000);
    const again = ask(model, 1);
    await clock.advance(10);
    expect(codesOf(await again)).toEqual(['ok']);
    expect(scheduler.state().circuit).toBe('closed');
  });

  it('tells all who wait that the key is wrong, after one call', async () => {
    const { clock, model, starts } = start(
      { concurrency: { initial: 1 } },
      () => new BezoarError('PROVIDER_AUTH', 'no'),
    );
    const all = ask(model, 9);
    await clock.advance(10);
    expect(new Set(codesOf(await all))).toEqual(new Set(['PROVIDER_AUTH']));
    expect(starts).toHaveLength(1);
  });
});

describe('budget', () => {
  const prices = { m: { input: 1000, output: 10_000 } };
  /** 30 · 1000 + 10 · 10,000 dollars for a million; the worst case is 132 bytes and words of the template, and 50 tokens. */
  const cost = 0.13;
  const worst = 0.632;

  it('stops before the call that could pass it, and accounts for every cent', async () => {
    const { clock, model, starts, scheduler } = start({ budget: 2, prices, concurrency: { initial: 8 } });
    const all = ask(model, 40);
    await clock.advance(1000);
    const results = await all;
    const made = starts.length;
    // The last call started when its worst case still fitted; one more would not have.
    expect(cost * (made - 1) + worst).toBeLessThanOrEqual(2);
    expect(cost * made + worst).toBeGreaterThan(2);
    expect(scheduler.state().budget).toEqual({
      limit: 2,
      spent: Number((cost * made).toFixed(9)),
      reserved: 0,
      uncertain: 0,
    });
    expect(codesOf(results).filter((code) => code === 'BUDGET_EXCEEDED')).toHaveLength(40 - made);
    expect(results[0]).toMatchObject({ value: { cost } });
  });

  it('counts what may have been billed, and what earlier runs have spent', async () => {
    const budget = createBudget({ limit: 10, spent: 1 });
    const { clock, model } = start({ budget, prices, maxRetries: 1 }, (call) =>
      call === 0 ? unavailable({ mayBeBilled: true }) : answer,
    );
    const all = ask(model, 1);
    await clock.advance(10_000);
    await all;
    expect(budget.state()).toEqual({ limit: 10, spent: 1.13, reserved: 0, uncertain: worst });
  });

  it('gives back what a refused call had reserved', async () => {
    const { clock, model, scheduler } = start({ budget: 1, prices, maxRetries: 8 }, (call) =>
      call < 8 ? unavailable({ status: 500 }) : answer,
    );
    const all = ask(model, 1);
    await clock.advance(400_000);
    expect(codesOf(await all)).toEqual(['ok']);
    expect(scheduler.state().budget).toMatchObject({ spent: cost, reserved: 0, uncertain: 0 });
  });

  it('charges the worst case when the server counts no tokens', async () => {
    const { clock, model, scheduler } = start({ budget: 1, prices }, () => ({
      ...answer,
      usage: { inputTokens: 0, outputTokens: 0 },
    }));
    const all = ask(model, 2);
    await clock.advance(100);
    expect(codesOf(await all)).toEqual(['ok', 'BUDGET_EXCEEDED']);
    expect(scheduler.state().budget.spent).toBe(worst);
  });

  it('refuses a model without a price before any call, and says how to add one', () => {
    expect(() => start({ budget: 1 })).toThrow(
      expect.objectContaining({
        code: 'BAD_CONFIG',
        advice: expect.stringContaining('{"m": {"input"') as string,
      }) as Error,
    );
    expect(() => start({})).not.toThrow();
  });

  it('bounds the output of a call that sets no bound', async () => {
    const scheduler = createScheduler({ budget: 1, prices, maxOutputTokens: 7 });
    const seen: ChatRequest[] = [];
    const model = withScheduler(
      {
        id: 'openai:m',
        complete(request) {
          seen.push(request);
          return Promise.resolve(answer);
        },
      },
      scheduler,
    );
    await model.complete({ messages: [] });
    expect(seen[0]).toMatchObject({ maxTokens: 7 });
  });
});

it('stops a call that waits when its signal fires', async () => {
  const { clock, model, starts } = start({ limits: { requestsPerMinute: 1 } });
  const controller = new AbortController();
  const first = model.complete(question);
  const second = model.complete(question, { signal: controller.signal });
  await clock.advance(20);
  await first;
  controller.abort();
  await expect(second).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(starts).toHaveLength(1);
});
