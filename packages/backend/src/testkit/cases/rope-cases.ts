import { ropeFormula } from '../formulas/rope.ts';
import { numericalGradient } from '../numerical-gradient.ts';
import { floats, ints, noise, numbersOf } from '../host-tensor.ts';
import type { OpCase } from '../op-case.ts';

interface Variant {
  readonly tokens: number;
  readonly heads: number;
  readonly headSize: number;
  readonly inverse: boolean;
}

const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 2],
  [3, 2, 8],
  [5, 3, 20],
  [7, 4, 64],
  [5, 2, 100],
];

export function ropeCases(): OpCase[] {
  return sizes.flatMap(([tokens, heads, headSize]) => [
    rope({ tokens, heads, headSize, inverse: false }),
    rope({ tokens, heads, headSize, inverse: true }),
  ]);
}

/** The inverse is checked as what it is for: the gradient of the forward rotation, by finite differences. */
function rope({ tokens, heads, headSize, inverse }: Variant): OpCase {
  return {
    op: 'rope',
    name: `${tokens} tokens, ${heads} heads of ${headSize}${inverse ? ', inverse = gradient' : ''}`,
    build(rng) {
      const half = headSize / 2;
      const maxPositions = 17;
      const angles = Array.from(
        { length: maxPositions * half },
        (_, at) => Math.floor(at / half) * 100 ** (-(at % half) / half),
      );
      const cos = floats([maxPositions, half], angles.map(Math.cos));
      const sin = floats([maxPositions, half], angles.map(Math.sin));
      const positions = Array.from({ length: tokens }, () => rng.int(maxPositions));
      const x = noise(rng, [tokens, heads * headSize]);
      const setting = { heads, positions, cos: numbersOf(cos), sin: numbersOf(sin), half };
      return {
        inputs: { x, positions: ints(positions), cos, sin },
        outputs: ['x'],
        call: (backend, on) => backend.rope({ ...on.pick('x', 'positions', 'cos', 'sin'), heads, inverse }),
        expected: () => ({
          x: inverse
            ? numericalGradient(
                (point) => ropeFormula(point, setting),
                new Float64Array(x.data.length),
                numbersOf(x),
              )
            : ropeFormula(numbersOf(x), setting),
        }),
      };
    },
  };
}
