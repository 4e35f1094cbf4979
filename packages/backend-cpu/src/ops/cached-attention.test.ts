import { expect, it } from 'vitest';
import { cutIntoRuns } from './cached-attention.ts';

it('cuts rows into runs of one slot at consecutive positions', () => {
  const slots = Int32Array.of(0, 0, 0, 1, 1, 0, 2);
  const positions = Int32Array.of(4, 5, 7, 0, 1, 2, 9);
  expect([...cutIntoRuns(slots, positions)]).toEqual([
    ...[0, 2, 0, 4],
    ...[2, 1, 0, 7],
    ...[3, 2, 1, 0],
    ...[5, 1, 0, 2],
    ...[6, 1, 2, 9],
  ]);
});

it('cuts a prompt at the size of a tile', () => {
  const runs = cutIntoRuns(
    new Int32Array(200),
    Int32Array.from({ length: 200 }, (_, i) => i),
  );
  expect([...runs]).toEqual([0, 96, 0, 0, 96, 96, 0, 96, 192, 8, 0, 192]);
});
