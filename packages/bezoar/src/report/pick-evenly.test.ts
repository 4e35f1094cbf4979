import { expect, it } from 'vitest';
import { evenly, pickEvenly } from './pick-evenly.ts';

it('spreads over the whole list, ends included, and takes nothing twice', () => {
  expect(evenly(11, 3)).toEqual([0, 5, 10]);
  expect(evenly(3, 5)).toEqual([0, 1, 2]);
  expect(evenly(0, 5)).toEqual([]);
  expect(pickEvenly(['a', 'b', 'c'], 1)).toEqual(['a']);
  for (let length = 1; length < 40; length++) {
    const picked = evenly(length, 7);
    expect(picked).toHaveLength(Math.min(length, 7));
    expect(new Set(picked).size).toBe(picked.length);
    expect([picked[0], picked.at(-1)]).toEqual([0, length - 1]);
  }
});
