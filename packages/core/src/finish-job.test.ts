import { expect, it } from 'vitest';
import { finishJob } from './finish-job.ts';
import type { RunEvent } from './nouns/run-event.ts';

async function* job(fails: boolean): AsyncGenerator<RunEvent, number> {
  yield { type: 'progress', stage: 's', done: 1 };
  await Promise.resolve();
  if (fails) throw new Error('no');
  return 42;
}

it('returns what a job made, and tells its events', async () => {
  const told: RunEvent[] = [];
  expect(await finishJob(job(false), (event) => void told.push(event))).toBe(42);
  expect(told).toEqual([{ type: 'progress', stage: 's', done: 1 }]);
  await expect(finishJob(job(true))).rejects.toThrow('no');
});
