import { expect, it, vi } from 'vitest';
import { watchWorkers } from './watch-workers.ts';

const models = [{ id: 'scripted:m#1', spec: 'script:./m.ts' }];

it('says how many workers serve a model when that changes, and how to start one when there is none', async () => {
  vi.useFakeTimers();
  const counts = [0, 0, 2, 1, 0];
  const asked = new Set<string>();
  const notes: string[] = [];
  const workers = (id: string): Promise<number> => {
    asked.add(id);
    return Promise.resolve(counts.shift()!);
  };
  const queue = { label: 'redis://h:6379', workers };
  const stop = watchWorkers({ queue, models, note: (text) => notes.push(text), everyMs: 10 });
  await vi.advanceTimersByTimeAsync(35);
  stop();
  await vi.advanceTimersByTimeAsync(50);
  vi.useRealTimers();
  expect(notes).toEqual([
    'no worker serves script:./m.ts; start one: bezoar worker --queue redis://h:6379 --model script:./m.ts',
    '2 workers serve script:./m.ts',
    '1 worker serves script:./m.ts',
  ]);
  expect(counts).toEqual([0]);
  expect([...asked]).toEqual(['scripted:m#1']);
});

it('a queue that does not answer is no reason to stop', async () => {
  const notes: string[] = [];
  const queue = { label: 'redis://h:6379', workers: () => Promise.reject(new Error('away')) };
  const stop = watchWorkers({ queue, models, note: (text) => notes.push(text) });
  await new Promise((resolve) => setImmediate(resolve));
  stop();
  expect(notes).toEqual([]);
});
