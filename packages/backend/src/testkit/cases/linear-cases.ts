import type { Rng } from '@bezoar/core';
import { linearFormula, plus, transpose } from '../formulas/linear.ts';
import { bf16Noise, type HostValue, nf4Noise, noise, numbersOf, unset } from '../host-tensor.ts';
import type { OpCase } from '../op-case.ts';

type Format = 'f32' | 'bf16' | 'nf4' | 'nf4 double';

interface Sizes {
  readonly tokens: number;
  readonly inputs: number;
  readonly outputs: number;
}

const awkward: readonly Sizes[] = [
  { tokens: 1, inputs: 1, outputs: 1 },
  { tokens: 1, inputs: 64, outputs: 3 },
  { tokens: 3, inputs: 7, outputs: 5 },
  { tokens: 5, inputs: 17, outputs: 33 },
  { tokens: 16, inputs: 64, outputs: 64 },
  { tokens: 19, inputs: 100, outputs: 31 },
  { tokens: 2, inputs: 1030, outputs: 67 },
  { tokens: 70, inputs: 200, outputs: 330 },
];

const formats: readonly Format[] = ['f32', 'bf16', 'nf4', 'nf4 double'];

export function linearCases(): OpCase[] {
  return awkward.flatMap((sizes) => [
    ...formats.flatMap((format) => [forward(sizes, { format }), backwardInput(sizes, { format })]),
    forward(sizes, { format: 'f32', bias: true }),
    forward(sizes, { format: 'bf16', bias: true, accumulate: true }),
    backwardInput(sizes, { format: 'f32', accumulate: true }),
    backwardInput(sizes, { format: 'nf4', accumulate: true }),
    backwardWeight(sizes, false),
    backwardWeight(sizes, true),
  ]);
}

interface Variant {
  readonly format: Format;
  readonly bias?: boolean;
  readonly accumulate?: boolean;
}

function title({ tokens, inputs, outputs }: Sizes, { format, bias, accumulate }: Variant): string {
  return `${tokens}×${inputs}→${outputs} ${format}${bias ? ', bias' : ''}${accumulate ? ', accumulate' : ''}`;
}

function needs(format: Format): Pick<OpCase, 'needs'> {
  if (format === 'f32') return {};
  return { needs: format === 'bf16' ? 'bf16' : 'nf4' };
}

function makeWeight(rng: Rng, { inputs, outputs }: Sizes, format: Format): HostValue {
  if (format === 'f32') return noise(rng, [outputs, inputs], 0.1);
  if (format === 'bf16') return bf16Noise(rng, [outputs, inputs], 0.1);
  return nf4Noise(rng, [outputs, inputs], { doubleQuant: format === 'nf4 double' });
}

function forward(sizes: Sizes, variant: Variant): OpCase {
  const { tokens, inputs, outputs } = sizes;
  const { format, bias = false, accumulate = false } = variant;
  return {
    op: 'linear',
    name: title(sizes, variant),
    ...needs(format),
    build(rng) {
      const x = noise(rng, [tokens, inputs]);
      const weight = makeWeight(rng, sizes, format);
      const offset = noise(rng, [outputs]);
      const out = accumulate ? noise(rng, [tokens, outputs]) : unset([tokens, outputs]);
      return {
        inputs: { x, weight, ...(bias ? { bias: offset } : {}), out },
        outputs: ['out'],
        call: (backend, on) =>
          backend.linear({
            ...on.pick('x', 'out'),
            ...(bias ? on.pick('bias') : {}),
            weight: on.weight('weight'),
            ...(accumulate ? { accumulate } : {}),
          }),
        expected() {
          const product = linearFormula(numbersOf(x), numbersOf(weight), inputs);
          const offsets = numbersOf(offset);
          const biased = bias ? product.map((value, at) => value + offsets[at % outputs]!) : product;
          return { out: accumulate ? plus(biased, numbersOf(out)) : biased };
        },
      };
    },
  };
}

function backwardInput(sizes: Sizes, variant: Variant): OpCase {
  const { tokens, inputs, outputs } = sizes;
  const { format, accumulate = false } = variant;
  return {
    op: 'linearBackwardInput',
    name: title(sizes, variant),
    ...needs(format),
    build(rng) {
      const dOut = noise(rng, [tokens, outputs]);
      const weight = makeWeight(rng, sizes, format);
      const dX = accumulate ? noise(rng, [tokens, inputs]) : unset([tokens, inputs]);
      return {
        inputs: { dOut, weight, dX },
        outputs: ['dX'],
        call: (backend, on) =>
          backend.linearBackwardInput({ ...on.pick('dOut', 'dX'), weight: on.weight('weight'), accumulate }),
        expected() {
          const product = linearFormula(numbersOf(dOut), transpose(numbersOf(weight), inputs), outputs);
          return { dX: accumulate ? plus(product, numbersOf(dX)) : product };
        },
      };
    },
  };
}

function backwardWeight(sizes: Sizes, bias: boolean): OpCase {
  const { tokens, inputs, outputs } = sizes;
  return {
    op: 'linearBackwardWeight',
    name: title(sizes, { format: 'f32', bias }),
    build(rng) {
      const x = noise(rng, [tokens, inputs]);
      const dOut = noise(rng, [tokens, outputs]);
      const dWeight = noise(rng, [outputs, inputs]);
      const dBias = noise(rng, [outputs]);
      return {
        inputs: { x, dOut, dWeight, ...(bias ? { dBias } : {}) },
        outputs: bias ? ['dWeight', 'dBias'] : ['dWeight'],
        call: (backend, on) =>
          backend.linearBackwardWeight({
            ...on.pick('x', 'dOut', 'dWeight'),
            ...(bias ? on.pick('dBias') : {}),
          }),
        expected() {
          const gradient = transpose(numbersOf(dOut), outputs);
          const ones = new Float64Array(tokens).fill(1);
          return {
            dWeight: plus(
              linearFormula(gradient, transpose(numbersOf(x), inputs), tokens),
              numbersOf(dWeight),
            ),
            ...(bias ? { dBias: plus(linearFormula(gradient, ones, tokens), numbersOf(dBias)) } : {}),
          };
        },
      };
    },
  };
}
