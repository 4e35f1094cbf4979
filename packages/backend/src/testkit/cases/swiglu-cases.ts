import { swigluFormula } from '../formulas/swiglu.ts';
import { noise, numbersOf, unset } from '../host-tensor.ts';
import { numericalGradient } from '../numerical-gradient.ts';
import type { OpCase } from '../op-case.ts';

const sizes = [1, 7, 64, 333];

export function swigluCases(): OpCase[] {
  return sizes.flatMap((size) => [
    forward(size, 'gate'),
    forward(size, 'up'),
    forward(size, 'out'),
    backward(size, true),
    backward(size, false),
  ]);
}

function forward(size: number, target: 'out' | 'gate' | 'up'): OpCase {
  return {
    op: 'swiglu',
    name: `${size} elements${target === 'out' ? '' : `, out is ${target}`}`,
    build(rng) {
      const gate = noise(rng, [size], 3);
      const up = noise(rng, [size]);
      return {
        inputs: { gate, up, ...(target === 'out' ? { out: unset([size]) } : {}) },
        outputs: [target],
        call: (backend, on) => backend.swiglu({ ...on.pick('gate', 'up'), out: on.tensor(target) }),
        expected: () => ({ [target]: swigluFormula(numbersOf(gate), numbersOf(up)) }),
      };
    },
  };
}

function backward(size: number, inPlace: boolean): OpCase {
  return {
    op: 'swigluBackward',
    name: `${size} elements${inPlace ? ', in place' : ''}`,
    build(rng) {
      const gate = noise(rng, [size], 3);
      const up = noise(rng, [size]);
      const dOut = noise(rng, [size]);
      const [dGate, dUp] = inPlace ? ['gate', 'up'] : ['dGate', 'dUp'];
      const [gates, ups] = [numbersOf(gate), numbersOf(up)];
      return {
        inputs: { gate, up, dOut, ...(inPlace ? {} : { dGate: unset([size]), dUp: unset([size]) }) },
        outputs: [dGate, dUp],
        call: (backend, on) =>
          backend.swigluBackward({
            ...on.pick('gate', 'up', 'dOut'),
            dGate: on.tensor(dGate),
            dUp: on.tensor(dUp),
          }),
        expected: () => ({
          [dGate]: numericalGradient((point) => swigluFormula(point, ups), gates, numbersOf(dOut)),
          [dUp]: numericalGradient((point) => swigluFormula(gates, point), ups, numbersOf(dOut)),
        }),
      };
    },
  };
}
