import { attentionFormula } from '../formulas/attention.ts';
import { ints, noise, numbersOf, unset } from '../host-tensor.ts';
import type { OpCase } from '../op-case.ts';

interface Variant {
  readonly slotCount: number;
  readonly capacity: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly window?: number;
  /** [slot, position] of every query row. */
  readonly rows: readonly (readonly [number, number])[];
}

const variants: readonly Variant[] = [
  { slotCount: 1, capacity: 1, heads: 1, kvHeads: 1, headSize: 8, rows: [[0, 0]] },
  {
    slotCount: 2,
    capacity: 5,
    heads: 2,
    kvHeads: 1,
    headSize: 8,
    rows: [
      [1, 4],
      [0, 0],
      [1, 3],
    ],
  },
  {
    slotCount: 3,
    capacity: 9,
    heads: 3,
    kvHeads: 3,
    headSize: 20,
    window: 4,
    rows: [
      [2, 8],
      [0, 2],
      [1, 5],
      [2, 7],
    ],
  },
  {
    slotCount: 2,
    capacity: 70,
    heads: 6,
    kvHeads: 2,
    headSize: 64,
    rows: [
      [0, 69],
      [1, 33],
    ],
  },
  {
    slotCount: 2,
    capacity: 130,
    heads: 2,
    kvHeads: 1,
    headSize: 100,
    rows: [
      [1, 129],
      [1, 128],
      [0, 64],
      [0, 1],
    ],
  },
];

export function cachedAttentionCases(): OpCase[] {
  return variants.map(cachedAttention);
}

function cachedAttention(variant: Variant): OpCase {
  const { slotCount, capacity, heads, kvHeads, headSize, window, rows } = variant;
  const windowed = window === undefined ? {} : { window };
  const scale = headSize ** -0.5;
  return {
    op: 'cachedAttention',
    name: `${rows.length} rows on ${slotCount}×${capacity}, ${heads} heads on ${kvHeads} of ${headSize}${window === undefined ? '' : `, window ${window}`}`,
    build(rng) {
      const q = noise(rng, [rows.length, heads * headSize]);
      const kCache = noise(rng, [slotCount, capacity, kvHeads * headSize]);
      const vCache = noise(rng, [slotCount, capacity, kvHeads * headSize]);
      return {
        inputs: {
          q,
          kCache,
          vCache,
          slots: ints(rows.map(([slot]) => slot)),
          positions: ints(rows.map(([, position]) => position)),
          out: unset(q.shape),
        },
        outputs: ['out'],
        call: (backend, on) =>
          backend.cachedAttention({
            ...on.pick('q', 'kCache', 'vCache', 'slots', 'positions', 'out'),
            heads,
            kvHeads,
            scale,
            ...windowed,
          }),
        // A row sees what the last token of a sequence of position + 1 tokens would see.
        expected: () => ({
          out: rows.flatMap(([slot, position], n) => {
            const length = position + 1;
            const start = slot * capacity * kvHeads * headSize;
            const part = (cache: Float64Array): Float64Array =>
              cache.subarray(start, start + length * kvHeads * headSize);
            const queries = new Float64Array(length * heads * headSize);
            queries.set(
              numbersOf(q).subarray(n * heads * headSize, (n + 1) * heads * headSize),
              position * heads * headSize,
            );
            const tokens = Array.from({ length }, (_, at) => ({ sequence: 0, position: at }));
            const { out } = attentionFormula(
              { q: queries, k: part(numbersOf(kCache)), v: part(numbersOf(vCache)) },
              { heads, kvHeads, headSize, scale, tokens, ...windowed },
            );
            return Array.from(out.subarray(position * heads * headSize));
          }),
        }),
      };
    },
  };
}
