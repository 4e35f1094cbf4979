import { expect, it } from 'vitest';
import { createWorkQueue } from './work-queue.ts';

it('runs jobs at once while none is a promise', () => {
  const queue = createWorkQueue();
  const done: number[] = [];
  queue.enqueue(() => void done.push(1));
  queue.enqueue(() => void done.push(2));
  expect(done).toEqual([1, 2]);
  expect(queue.busy).toBe(false);
});

it('keeps the order behind a promise, whatever comes later', async () => {
  const queue = createWorkQueue();
  const done: number[] = [];
  let go = (): void => undefined;
  queue.enqueue(() => new Promise<void>((resolve) => (go = resolve)).then(() => void done.push(1)));
  queue.enqueue(() => void done.push(2));
  queue.enqueue(() => Promise.resolve().then(() => void done.push(3)));
  queue.enqueue(() => void done.push(4));
  expect(queue.busy).toBe(true);
  expect(done).toEqual([]);
  go();
  await queue.settled();
  expect(done).toEqual([1, 2, 3, 4]);
  expect(queue.busy).toBe(false);
});

it('throws here what a job throws here, and from settled what it throws later; jobs behind it do not run', async () => {
  const queue = createWorkQueue();
  const broken = (): never => {
    throw new Error('lost');
  };
  expect(() => queue.enqueue(broken)).toThrow('lost');
  let ran = false;
  queue.enqueue(() => Promise.reject(new Error('lost later')));
  queue.enqueue(() => void (ran = true));
  await expect(queue.settled()).rejects.toThrow('lost later');
  expect(ran).toBe(false);
});
