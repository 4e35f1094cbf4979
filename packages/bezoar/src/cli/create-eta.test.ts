import { expect, it } from 'vitest';
import { createEta } from './create-eta.ts';

it('follows the pace of late, and says nothing before there is one', () => {
  let time = 0;
  const eta = createEta(() => time);
  const at = (seconds: number, done: number, stage = 'a'): number | undefined => {
    time = seconds * 1000;
    return eta.update({ type: 'progress', stage, done, total: 1000 });
  };
  expect(at(0, 0)).toBeUndefined();
  // The ledger answers the first 500 at once.
  expect(at(1, 500)).toBeUndefined();
  for (let second = 2; second <= 80; second++) at(second, 500 + second);
  // One a second, of late.
  expect(at(81, 581)).toBeCloseTo(419, 0);
  expect(at(1000, 1000)).toBeUndefined();
  expect(at(1001, 5, 'b')).toBeUndefined();
  expect(eta.update({ type: 'progress', stage: 'b', done: 6 })).toBeUndefined();
});
