import type { DropoutSpec } from '../../contract/ops.ts';
import { dropoutFormula } from '../formulas/dropout.ts';
import { linearFormula, plus, times } from '../formulas/linear.ts';
import { floats, noise, numbersOf, unset } from '../host-tensor.ts';
import { numericalGradient } from '../numerical-gradient.ts';
import type { OpCase } from '../op-case.ts';

interface Variant {
  readonly tokens: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly rank: number;
  readonly dropout?: DropoutSpec;
}

const spec: DropoutSpec = { probability: 0.3, seed: 11, stream: 5 };
const small: readonly Variant[] = [
  { tokens: 1, inputs: 1, outputs: 1, rank: 1 },
  { tokens: 3, inputs: 7, outputs: 5, rank: 2 },
  { tokens: 3, inputs: 7, outputs: 5, rank: 2, dropout: spec },
  { tokens: 5, inputs: 8, outputs: 9, rank: 4, dropout: spec },
];
const large: readonly Variant[] = [
  { tokens: 33, inputs: 100, outputs: 64, rank: 16 },
  { tokens: 70, inputs: 200, outputs: 330, rank: 20, dropout: spec },
  { tokens: 300, inputs: 1105, outputs: 70, rank: 5, dropout: spec },
  { tokens: 6, inputs: 33, outputs: 40, rank: 300 },
];

export function loraCases(): OpCase[] {
  return [
    ...[...small, ...large].map(forward),
    ...small.flatMap((variant) => [
      backward(variant, { withInput: false, byFormula: true }),
      backward(variant, { withInput: true, byFormula: true }),
    ]),
    ...large.map((variant) => backward(variant, { withInput: true, byFormula: false })),
  ];
}

const scale = 1.7;
const title = ({ tokens, inputs, outputs, rank, dropout }: Variant): string =>
  `${tokens}×${inputs}→${outputs}, rank ${rank}${dropout ? ', dropout' : ''}`;

type Parts = Record<'x' | 'a' | 'b', Float64Array>;

/** u = drop(x)·Aᵀ and scale · u·Bᵀ. */
function loraFormula(
  { x, a, b }: Parts,
  { inputs, rank, dropout }: Variant,
): { u: Float64Array; update: Float64Array } {
  const u = linearFormula(dropoutFormula(x, dropout), a, inputs);
  return { u, update: times(linearFormula(u, b, rank), scale) };
}

function forward(variant: Variant): OpCase {
  const { tokens, inputs, outputs, rank, dropout } = variant;
  return {
    op: 'loraForward',
    name: title(variant),
    build(rng) {
      const x = noise(rng, [tokens, inputs]);
      const a = noise(rng, [rank, inputs], 0.2);
      const b = noise(rng, [outputs, rank], 0.2);
      const out = noise(rng, [tokens, outputs]);
      return {
        inputs: { x, a, b, u: unset([tokens, rank]), out },
        outputs: ['u', 'out'],
        call: (backend, on) =>
          backend.loraForward({
            ...on.pick('x', 'a', 'b', 'u', 'out'),
            scale,
            ...(dropout ? { dropout } : {}),
          }),
        expected() {
          const { u, update } = loraFormula({ x: numbersOf(x), a: numbersOf(a), b: numbersOf(b) }, variant);
          return { u, out: plus(update, numbersOf(out)) };
        },
      };
    },
  };
}

function backward(
  variant: Variant,
  { withInput, byFormula }: { withInput: boolean; byFormula: boolean },
): OpCase {
  const { tokens, inputs, outputs, rank, dropout } = variant;
  return {
    op: 'loraBackward',
    name: `${title(variant)}${withInput ? '' : ', without dX'}`,
    build(rng) {
      const x = noise(rng, [tokens, inputs]);
      const a = noise(rng, [rank, inputs], 0.2);
      const b = noise(rng, [outputs, rank], 0.2);
      const dOut = noise(rng, [tokens, outputs]);
      const [dA, dB, dX] = [
        noise(rng, [rank, inputs]),
        noise(rng, [outputs, rank]),
        noise(rng, [tokens, inputs]),
      ];
      const parts: Parts = { x: numbersOf(x), a: numbersOf(a), b: numbersOf(b) };
      const u = floats([tokens, rank], loraFormula(parts, variant).u);
      const gradient = (name: keyof Parts): Float64Array =>
        numericalGradient(
          (point) => loraFormula({ ...parts, [name]: point }, variant).update,
          parts[name],
          numbersOf(dOut),
        );
      const expected = (): Record<string, Float64Array> => ({
        dA: plus(gradient('a'), numbersOf(dA)),
        dB: plus(gradient('b'), numbersOf(dB)),
        dX: plus(gradient('x'), numbersOf(dX)),
      });
      return {
        inputs: { x, u, a, b, dOut, dA, dB, ...(withInput ? { dX } : {}) },
        outputs: withInput ? ['dA', 'dB', 'dX'] : ['dA', 'dB'],
        call: (backend, on) =>
          backend.loraBackward({
            ...on.pick('x', 'u', 'a', 'b', 'dOut', 'dA', 'dB'),
            ...(withInput ? on.pick('dX') : {}),
            scale,
            ...(dropout ? { dropout } : {}),
          }),
        ...(byFormula ? { expected } : {}),
      };
    },
  };
}
