import type { DropoutSpec } from '../../contract/ops.ts';
import { dropoutFormula } from '../formulas/dropout.ts';
import { noise, numbersOf, unset } from '../host-tensor.ts';
import type { OpCase } from '../op-case.ts';

const specs: readonly DropoutSpec[] = [
  { probability: 0, seed: 1, stream: 2 },
  { probability: 0.05, seed: 0, stream: 0 },
  { probability: 0.5, seed: 4294967295, stream: 4294967295 },
  { probability: 0.9, seed: 123456789, stream: 7 },
];

export function dropoutCases(): OpCase[] {
  return specs.flatMap((spec) =>
    [1, 3, 64, 1001].flatMap((size) => [dropout(size, spec, false), dropout(size, spec, true)]),
  );
}

function dropout(size: number, spec: DropoutSpec, inPlace: boolean): OpCase {
  return {
    op: 'dropout',
    name: `${size} elements, probability ${spec.probability}, seed ${spec.seed}${inPlace ? ', in place' : ''}`,
    build(rng) {
      const x = noise(rng, [size]);
      const out = inPlace ? 'x' : 'out';
      return {
        inputs: inPlace ? { x } : { x, out: unset([size]) },
        outputs: [out],
        ...(inPlace ? { anySize: ['x'] } : {}),
        call: (backend, on) => backend.dropout({ x: on.tensor('x'), out: on.tensor(out), dropout: spec }),
        expected: () => ({ [out]: dropoutFormula(numbersOf(x), spec) }),
      };
    },
  };
}
