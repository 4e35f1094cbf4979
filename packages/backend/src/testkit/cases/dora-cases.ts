import type { Rng } from '@bezoar/core';
import { doraFormula, doraNormsFormula } from '../formulas/dora.ts';
import { plus } from '../formulas/linear.ts';
import {
  bf16Noise,
  floats,
  nf4Noise,
  noise,
  numbersOf,
  unset,
  type HostTensor,
  type HostValue,
} from '../host-tensor.ts';
import { numericalGradient } from '../numerical-gradient.ts';
import type { OpCase } from '../op-case.ts';

interface NormSizes {
  readonly outputs: number;
  readonly inputs: number;
  readonly rank: number;
}

type Format = 'f32' | 'bf16' | 'nf4' | 'nf4 double';

const normSizes: readonly NormSizes[] = [
  { outputs: 1, inputs: 1, rank: 1 },
  { outputs: 5, inputs: 7, rank: 2 },
  { outputs: 33, inputs: 100, rank: 3 },
  { outputs: 18, inputs: 1100, rank: 16 },
];
const formats: readonly Format[] = ['f32', 'bf16', 'nf4', 'nf4 double'];

interface Sizes {
  readonly tokens: number;
  readonly outputs: number;
}

const sizes: readonly Sizes[] = [
  { tokens: 1, outputs: 1 },
  { tokens: 3, outputs: 7 },
  { tokens: 19, outputs: 70 },
];

export function doraCases(): OpCase[] {
  return [
    ...normSizes.flatMap((each) => formats.map((format) => norms(each, format))),
    ...[...sizes, { tokens: 37, outputs: 600 }].flatMap((each) => [
      forward(each, {}),
      forward(each, { bias: true }),
      forward(each, { accumulate: true }),
      forward(each, { bias: true, accumulate: true }),
    ]),
    ...sizes.map((each) => backward(each, true)),
    backward({ tokens: 37, outputs: 600 }, false),
  ];
}

function makeWeight(rng: Rng, shape: readonly [number, number], format: Format): HostValue {
  if (format === 'f32') return noise(rng, shape, 0.1);
  if (format === 'bf16') return bf16Noise(rng, shape, 0.1);
  return nf4Noise(rng, shape, { doubleQuant: format === 'nf4 double' });
}

function norms({ outputs, inputs, rank }: NormSizes, format: Format): OpCase {
  const scale = 1.7;
  return {
    op: 'doraNorms',
    name: `${outputs}×${inputs} ${format}, rank ${rank}`,
    ...(format === 'f32' ? {} : { needs: format === 'bf16' ? 'bf16' : 'nf4' }),
    build(rng) {
      const weight = makeWeight(rng, [outputs, inputs], format);
      const a = noise(rng, [rank, inputs], 0.2);
      const b = noise(rng, [outputs, rank], 0.2);
      return {
        inputs: { weight, a, b, norms: unset([outputs]) },
        outputs: ['norms'],
        call: (backend, on) =>
          backend.doraNorms({ ...on.pick('a', 'b', 'norms'), weight: on.weight('weight'), scale }),
        expected: () => ({
          norms: doraNormsFormula(
            { w: numbersOf(weight), a: numbersOf(a), b: numbersOf(b) },
            { inputs, rank, scale },
          ),
        }),
      };
    },
  };
}

/** Lengths are positive, and far enough from 0 to divide by. */
function lengths(rng: Rng, count: number): HostTensor {
  return floats(
    [count],
    Float32Array.from({ length: count }, () => 0.5 + rng.next()),
  );
}

function forward(
  { tokens, outputs }: Sizes,
  { bias = false, accumulate = false }: { readonly bias?: boolean; readonly accumulate?: boolean },
): OpCase {
  return {
    op: 'doraForward',
    name: `${tokens}×${outputs}${bias ? ', bias' : ''}${accumulate ? ', accumulate' : ''}`,
    build(rng) {
      const y = noise(rng, [tokens, outputs]);
      const magnitude = lengths(rng, outputs);
      const divisors = lengths(rng, outputs);
      const offset = noise(rng, [outputs]);
      const out = accumulate ? noise(rng, [tokens, outputs]) : unset([tokens, outputs]);
      return {
        inputs: { y, magnitude, norms: divisors, ...(bias ? { bias: offset } : {}), out },
        outputs: ['out'],
        call: (backend, on) =>
          backend.doraForward({
            ...on.pick('y', 'magnitude', 'norms', 'out'),
            ...(bias ? on.pick('bias') : {}),
            ...(accumulate ? { accumulate } : {}),
          }),
        expected() {
          const scaled = doraFormula(numbersOf(y), numbersOf(magnitude), numbersOf(divisors));
          const offsets = numbersOf(offset);
          const biased = bias ? scaled.map((value, at) => value + offsets[at % outputs]!) : scaled;
          return { out: accumulate ? plus(biased, numbersOf(out)) : biased };
        },
      };
    },
  };
}

function backward({ tokens, outputs }: Sizes, byFormula: boolean): OpCase {
  return {
    op: 'doraBackward',
    name: `${tokens}×${outputs}`,
    build(rng) {
      const y = noise(rng, [tokens, outputs]);
      const magnitude = lengths(rng, outputs);
      const divisors = lengths(rng, outputs);
      const dOut = noise(rng, [tokens, outputs]);
      const dMagnitude = noise(rng, [outputs]);
      const expected = (): Record<string, Float64Array> => {
        const [values, magnitudes, norm] = [numbersOf(y), numbersOf(magnitude), numbersOf(divisors)];
        const cotangent = numbersOf(dOut);
        return {
          dY: numericalGradient((point) => doraFormula(point, magnitudes, norm), values, cotangent),
          dMagnitude: plus(
            numericalGradient((point) => doraFormula(values, point, norm), magnitudes, cotangent),
            numbersOf(dMagnitude),
          ),
        };
      };
      return {
        inputs: { y, magnitude, norms: divisors, dOut, dY: unset([tokens, outputs]), dMagnitude },
        outputs: ['dY', 'dMagnitude'],
        call: (backend, on) =>
          backend.doraBackward(on.pick('y', 'magnitude', 'norms', 'dOut', 'dY', 'dMagnitude')),
        ...(byFormula ? { expected } : {}),
      };
    },
  };
}
