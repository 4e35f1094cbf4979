import { signedDynamicMap, unsignedDynamicMap } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { momentTable } from './moment-tables.ts';

const bitsOf = (value: number): number => new Uint32Array(new Float32Array([value]).buffer)[0]!;
const fromBits = (bits: number): number => new Float32Array(new Uint32Array([bits]).buffer)[0]!;

/** The rank that the kernel finds, by its look-up. */
function lookUp(table: Uint8Array<ArrayBuffer>, magnitude: number): number {
  const cells = (table.length - 1024) / 5;
  const cell = (bitsOf(magnitude) >>> 16) - 0x3380;
  if (cell < 0) return 0;
  const limit = new Float32Array(table.buffer, 1024, cells)[cell]!;
  return table[1024 + 4 * cells + cell]! + (magnitude > limit ? 1 : 0);
}

describe.each([
  ['signed', signedDynamicMap()],
  ['unsigned', unsignedDynamicMap()],
])('the table of the %s dynamic map', (_, map) => {
  const entries = map.filter((entry) => entry >= 0);
  const midpoints = Array.from(entries.subarray(1), (entry, i) => Math.fround((entry + entries[i]!) / 2));
  const table = momentTable(map);

  it('finds the entry that a search finds, on both sides of every midpoint and anywhere', () => {
    const rng = createRng('magnitudes');
    const anywhere = Array.from({ length: 20_000 }, () => Math.fround(10 ** (-9 * rng.next())));
    const borders = midpoints.flatMap((value) => [-1, 0, 1].map((shift) => fromBits(bitsOf(value) + shift)));
    for (const value of [0, 1, ...anywhere, ...borders]) {
      const rank = midpoints.filter((midpoint) => value > midpoint).length;
      expect(lookUp(table, value), String(value)).toBe(rank);
    }
  });

  it('begins with the map', () => {
    expect(new Float32Array(table.buffer, 0, 256)).toEqual(map);
  });
});
