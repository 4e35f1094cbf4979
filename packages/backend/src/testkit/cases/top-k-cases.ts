import type { Rng } from '@bezoar/core';
import { floats, type HostTensor, noise, numbersOf, unset, unsetInts } from '../host-tensor.ts';
import type { OpCase } from '../op-case.ts';

interface Variant {
  readonly rows: number;
  readonly width: number;
  readonly k: number;
  readonly name: string;
  readonly make: (rng: Rng, shape: readonly number[]) => HostTensor;
}

export function topKCases(): OpCase[] {
  const variants: Variant[] = [
    { rows: 1, width: 1, k: 1, name: 'noise', make: noise },
    { rows: 3, width: 7, k: 7, name: 'noise', make: noise },
    { rows: 2, width: 33, k: 5, name: 'equal values', make: coarse },
    { rows: 2, width: 40, k: 9, name: 'infinities', make: withInfinities },
    { rows: 2, width: 1003, k: 50, name: 'noise', make: noise },
  ];
  return variants.map(topK);
}

/** Few different values: most are equal to others, and the lower index must come first. */
function coarse(rng: Rng, shape: readonly number[]): HostTensor {
  return floats(
    shape,
    noise(rng, shape).data.map((value) => Math.round(value)),
  );
}

function withInfinities(rng: Rng, shape: readonly number[]): HostTensor {
  return floats(
    shape,
    noise(rng, shape).data.map((value, i) => (i % 5 === 0 ? -Infinity : i % 17 === 0 ? Infinity : value)),
  );
}

function topK({ rows, width, k, name, make }: Variant): OpCase {
  return {
    op: 'topK',
    name: `${k} of ${width} in ${rows} rows, ${name}`,
    build(rng) {
      const x = make(rng, [rows, width]);
      return {
        inputs: { x, values: unset([rows, k]), indices: unsetInts([rows, k]) },
        outputs: ['values', 'indices'],
        call: (backend, on) => backend.topK({ ...on.pick('x', 'values', 'indices'), k }),
        // The rank of an element is the number of those before it; the k lowest ranks are wanted.
        expected() {
          const numbers = numbersOf(x);
          const values = new Float64Array(rows * k);
          const indices = new Float64Array(rows * k);
          for (let n = 0; n < rows; n++) {
            const row = numbers.subarray(n * width, (n + 1) * width);
            row.forEach((value, i) => {
              const rank = row.filter((other, j) => other > value || (other === value && j < i)).length;
              if (rank >= k) return;
              values[n * k + rank] = value;
              indices[n * k + rank] = i;
            });
          }
          return { values, indices };
        },
      };
    },
  };
}
