import { plus } from '../formulas/linear.ts';
import { rmsNormFormula } from '../formulas/rms-norm.ts';
import { floats, noise, numbersOf, unset } from '../host-tensor.ts';
import { numericalGradient } from '../numerical-gradient.ts';
import type { OpCase } from '../op-case.ts';

const eps = 1e-5;
const small: readonly (readonly [number, number])[] = [
  [1, 1],
  [1, 64],
  [3, 5],
  [7, 20],
];
const large: readonly (readonly [number, number])[] = [
  [33, 100],
  [70, 330],
];

export function normCases(): OpCase[] {
  return [
    ...[...small, ...large].map(([rows, width]) => forward(rows, width)),
    ...small.flatMap(([rows, width]) => [
      backward({ rows, width, withWeight: false, byFormula: true }),
      backward({ rows, width, withWeight: true, byFormula: true }),
    ]),
    ...large.map(([rows, width]) => backward({ rows, width, withWeight: true, byFormula: false })),
  ];
}

function forward(rows: number, width: number): OpCase {
  return {
    op: 'rmsNorm',
    name: `${rows}×${width}`,
    build(rng) {
      const x = noise(rng, [rows, width]);
      const weight = noise(rng, [width]);
      return {
        inputs: { x, weight, out: unset([rows, width]), rstd: unset([rows]) },
        outputs: ['out', 'rstd'],
        call: (backend, on) => backend.rmsNorm({ ...on.pick('x', 'weight', 'out', 'rstd'), eps }),
        expected: () => rmsNormFormula(numbersOf(x), numbersOf(weight), eps),
      };
    },
  };
}

interface BackwardVariant {
  readonly rows: number;
  readonly width: number;
  readonly withWeight: boolean;
  readonly byFormula: boolean;
}

function backward({ rows, width, withWeight, byFormula }: BackwardVariant): OpCase {
  return {
    op: 'rmsNormBackward',
    name: `${rows}×${width}${withWeight ? '' : ', without dWeight'}`,
    build(rng) {
      const x = noise(rng, [rows, width]);
      const weight = noise(rng, [width]);
      const dOut = noise(rng, [rows, width]);
      const dX = noise(rng, [rows, width]);
      const dWeight = noise(rng, [width]);
      const [xs, ws, gs] = [numbersOf(x), numbersOf(weight), numbersOf(dOut)];
      const rstd = floats([rows], rmsNormFormula(xs, ws, eps).rstd);
      const expected = (): Record<string, Float64Array> => ({
        dX: plus(
          numericalGradient((point) => rmsNormFormula(point, ws, eps).out, xs, gs),
          numbersOf(dX),
        ),
        ...(withWeight
          ? {
              dWeight: plus(
                numericalGradient((point) => rmsNormFormula(xs, point, eps).out, ws, gs),
                numbersOf(dWeight),
              ),
            }
          : {}),
      });
      return {
        inputs: { x, weight, rstd, dOut, dX, ...(withWeight ? { dWeight } : {}) },
        outputs: withWeight ? ['dX', 'dWeight'] : ['dX'],
        call: (backend, on) =>
          backend.rmsNormBackward({
            ...on.pick('x', 'weight', 'rstd', 'dOut', 'dX'),
            ...(withWeight ? on.pick('dWeight') : {}),
          }),
        ...(byFormula ? { expected } : {}),
      };
    },
  };
}
