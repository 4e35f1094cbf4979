import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { createMinuteWindow } from './minute-window.ts';

/** The window's own minute: half a second longer than the server's. */
const minute = 60_500;

describe('createMinuteWindow', () => {
  it('agrees with a plain list of what passed, whatever is taken, corrected and waited for', () => {
    const rng = createRng('windows');
    let now = 0;
    const window = createMinuteWindow(100, () => now);
    const passed: { at: number; amount: number; readonly correct: (actual: number) => void }[] = [];
    /** By trying every moment at which something leaves the minute. */
    const waitByList = (amount: number): number => {
      const fits = (at: number): boolean => {
        const used = passed
          .filter((each) => each.at > at - minute)
          .reduce((sum, each) => sum + each.amount, 0);
        return used + Math.min(amount, 100) <= 100;
      };
      const moments = [now, ...passed.map(({ at }) => at + minute).filter((at) => at > now)];
      return Math.min(...moments.filter(fits)) - now;
    };
    for (let step = 0; step < 3000; step++) {
      now += rng.int(1500);
      const amount = 1 + rng.int(rng.next() < 0.02 ? 150 : 12);
      const wait = window.waitFor(amount);
      expect(wait).toBe(waitByList(amount));
      if (rng.next() < 0.2) now += wait;
      if (window.waitFor(amount) === 0) passed.push({ at: now, amount, correct: window.take(amount) });
      if (passed.length > 0 && rng.next() < 0.5) {
        const some = rng.pick(passed.slice(-20));
        some.amount = rng.int(15);
        some.correct(some.amount);
      }
    }
    expect(passed.length).toBeGreaterThan(500);
  });

  it('lets what is more than the limit pass alone', () => {
    let now = 0;
    const window = createMinuteWindow(10, () => now);
    expect(window.waitFor(50)).toBe(0);
    window.take(50);
    expect(window.waitFor(1)).toBe(minute);
    now = minute;
    expect(window.waitFor(1)).toBe(0);
  });

  it('takes the word of a provider that counts more, until its reset, and not of one that counts less', () => {
    let now = 0;
    const window = createMinuteWindow(10, () => now);
    window.take(2);
    window.resync(9, 60_000);
    expect(window.waitFor(8)).toBe(0);
    window.resync(3, 7000);
    expect(window.waitFor(3)).toBe(0);
    expect(window.waitFor(4)).toBe(7000);
    now = 7000;
    expect(window.waitFor(8)).toBe(0);
  });
});
