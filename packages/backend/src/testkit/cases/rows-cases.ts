import type { Rng } from '@bezoar/core';
import { bf16Noise, ints, noise, numbersOf, unset } from '../host-tensor.ts';
import type { OpCase } from '../op-case.ts';

interface Sizes {
  readonly rows: number;
  readonly width: number;
  readonly tokens: number;
}

const awkward: readonly Sizes[] = [
  { rows: 1, width: 1, tokens: 1 },
  { rows: 5, width: 3, tokens: 4 },
  { rows: 33, width: 20, tokens: 7 },
  { rows: 130, width: 100, tokens: 70 },
];

export function rowsCases(): OpCase[] {
  return awkward.flatMap((sizes) => [
    gather(sizes, 'f32'),
    gather(sizes, 'bf16'),
    scatter(sizes),
    scatterAdd(sizes),
  ]);
}

const title = ({ rows, width, tokens }: Sizes): string => `${tokens} of ${rows}×${width}`;

const anyIds = (rng: Rng, { rows, tokens }: Sizes): number[] =>
  Array.from({ length: tokens }, () => rng.int(rows));

/** Row ids[t] of a matrix, for every t. */
function gatherFormula(table: Float64Array, ids: readonly number[], width: number): number[] {
  return ids.flatMap((id) => Array.from(table.subarray(id * width, (id + 1) * width)));
}

function gather(sizes: Sizes, dtype: 'f32' | 'bf16'): OpCase {
  return {
    op: 'gatherRows',
    name: `${title(sizes)} ${dtype}`,
    build(rng) {
      const make = dtype === 'f32' ? noise : bf16Noise;
      const table = make(rng, [sizes.rows, sizes.width]);
      const ids = anyIds(rng, sizes);
      return {
        inputs: { table, ids: ints(ids), out: unset([sizes.tokens, sizes.width]) },
        outputs: ['out'],
        call: (backend, on) => backend.gatherRows(on.pick('table', 'ids', 'out')),
        expected: () => ({ out: gatherFormula(numbersOf(table), ids, sizes.width) }),
      };
    },
  };
}

function scatter(sizes: Sizes): OpCase {
  const { rows, width, tokens } = sizes;
  return {
    op: 'scatterRows',
    name: title(sizes),
    build(rng) {
      const ids = rng.sample(
        Array.from({ length: rows }, (_, row) => row),
        tokens,
      );
      const src = noise(rng, [tokens, width]);
      const dst = noise(rng, [rows, width]);
      return {
        inputs: { src, ids: ints(ids), dst },
        outputs: ['dst'],
        call: (backend, on) => backend.scatterRows(on.pick('src', 'ids', 'dst')),
        expected() {
          const moved = numbersOf(src);
          return {
            dst: numbersOf(dst).map((old, at) => {
              const t = ids.indexOf(Math.floor(at / width));
              return t < 0 ? old : moved[t * width + (at % width)]!;
            }),
          };
        },
      };
    },
  };
}

function scatterAdd(sizes: Sizes): OpCase {
  const { rows, width, tokens } = sizes;
  return {
    op: 'scatterAddRows',
    name: `${title(sizes)}, repeated ids`,
    build(rng) {
      const ids = anyIds(rng, { ...sizes, rows: Math.ceil(rows / 2) });
      const src = noise(rng, [tokens, width]);
      const dst = noise(rng, [rows, width]);
      return {
        inputs: { src, ids: ints(ids), dst },
        outputs: ['dst'],
        call: (backend, on) => backend.scatterAddRows(on.pick('src', 'ids', 'dst')),
        expected: () => {
          const added = numbersOf(src);
          return {
            dst: numbersOf(dst).map((old, at) =>
              ids.reduce(
                (sum, id, t) =>
                  id === Math.floor(at / width) ? sum + added[t * width + (at % width)]! : sum,
                old,
              ),
            ),
          };
        },
      };
    },
  };
}
