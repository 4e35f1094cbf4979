import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../providers/create-scripted-model.ts';
import { mapConcurrent } from './map-concurrent.ts';
import { withRateLimit } from './with-rate-limit.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('mapConcurrent', () => {
  it('keeps the order of the items and never more than its limit in flight', async () => {
    let flying = 0;
    let most = 0;
    const results: number[] = [];
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, ++flying);
      await pause((item * 7) % 5);
      flying--;
      return item * 10;
    };
    for await (const result of mapConcurrent([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], work, { concurrency: 3 }))
      results.push(result);
    expect(results).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(most).toBe(3);
  });

  it('dispatches nothing more after a failure, and lets those in flight end', async () => {
    const started: number[] = [];
    const ended: number[] = [];
    const work = async (item: number): Promise<void> => {
      started.push(item);
      await pause(item === 1 ? 1 : 20);
      if (item === 1) throw new Error('item 1');
      ended.push(item);
    };
    const all = (async () => {
      for await (const result of mapConcurrent([0, 1, 2, 3, 4, 5, 6], work, { concurrency: 3 }))
        expect(result).toBeUndefined();
    })();
    await expect(all).rejects.toThrow('item 1');
    expect(started).toEqual([0, 1, 2]);
    expect(ended).toEqual([0, 2]);
  });
});

describe('withRateLimit', () => {
  it('spaces calls over the minute', async () => {
    let now = 0;
    const starts: number[] = [];
    const model = withRateLimit(
      createScriptedModel({
        name: 's',
        reply: () => {
          starts.push(now);
          return '';
        },
      }),
      {
        requestsPerMinute: 30,
        now: () => now,
        sleep: (ms) => {
          now += ms;
          return Promise.resolve();
        },
      },
    );
    for (let i = 0; i < 4; i++) await model.complete({ messages: [] });
    expect(starts).toEqual([0, 2000, 4000, 6000]);
  });
});
