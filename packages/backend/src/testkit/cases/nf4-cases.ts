import { nf4Noise, numbersOf, unset } from '../host-tensor.ts';
import type { OpCase } from '../op-case.ts';

const shapes: readonly (readonly [number, number])[] = [
  [1, 1],
  [3, 7],
  [1, 64],
  [10, 70],
  [33, 100],
  [130, 200],
];

export function nf4Cases(): OpCase[] {
  return shapes.flatMap((shape) => [
    dequantize(shape, { doubleQuant: false }),
    dequantize(shape, { doubleQuant: true }),
    dequantize(shape, { doubleQuant: true, blockSize: 32 }),
  ]);
}

function dequantize(
  shape: readonly [number, number],
  options: { doubleQuant: boolean; blockSize?: number },
): OpCase {
  return {
    op: 'nf4Dequantize',
    name: `${shape.join('×')}, blocks of ${options.blockSize ?? 64}${options.doubleQuant ? ', double' : ''}`,
    build(rng) {
      const weight = nf4Noise(rng, shape, options);
      return {
        inputs: { weight, out: unset(shape) },
        outputs: ['out'],
        call: (backend, on) => backend.nf4Dequantize({ weight: on.weight('weight'), ...on.pick('out') }),
        expected: () => ({ out: numbersOf(weight) }),
      };
    },
  };
}
