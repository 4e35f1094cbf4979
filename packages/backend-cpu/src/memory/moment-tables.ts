/** Cells of 1/128 of an octave, named by the upper 16 bits of a float: from 2⁻²⁴ to 1. As in kernels/optimizer-8bit.c. */
const firstCell = 0x3380;
const lastCell = 0x3f80;
const cells = lastCell - firstCell + 1;

const momentTableBytes = 4 * 256 + 4 * cells + cells;

/**
 * The `MomentTable` of a dynamic map: its 256 entries, and for every cell of magnitudes the midpoint of two neighbouring entries
 * that lies in it (or infinity) and the rank, counted from 0 upwards, of the entry below it.
 */
export function momentTable(map: Float32Array): Uint8Array<ArrayBuffer> {
  const entries = map.filter((entry) => entry >= 0).sort();
  const midpoints = Array.from(entries.subarray(1), (entry, i) => Math.fround((entry + entries[i]!) / 2));
  const table = new Uint8Array(momentTableBytes);
  new Float32Array(table.buffer, 0, 256).set(map);
  const limits = new Float32Array(table.buffer, 4 * 256, cells).fill(Infinity);
  const ranks = new Uint8Array(table.buffer, 4 * 256 + 4 * cells, cells);
  let passed = 0;
  for (let cell = 0; cell < cells; cell++) {
    ranks[cell] = passed;
    if (midpoints[passed] === undefined || cellOf(midpoints[passed]!) > cell) continue;
    limits[cell] = midpoints[passed++]!;
  }
  return table;
}

function cellOf(value: number): number {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0]!;
  return (bits >>> 16) - firstCell;
}
