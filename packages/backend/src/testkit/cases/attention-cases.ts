import type { AttentionArgs } from '../../contract/ops.ts';
import { attentionFormula, type AttentionSetting } from '../formulas/attention.ts';
import { floats, type HostValue, ints, noise, numbersOf, unset } from '../host-tensor.ts';
import { numericalGradient } from '../numerical-gradient.ts';
import type { DeviceValues, OpCase } from '../op-case.ts';

interface Variant {
  readonly lengths: readonly number[];
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly window?: number;
}

const small: readonly Variant[] = [
  { lengths: [1], heads: 1, kvHeads: 1, headSize: 8 },
  { lengths: [5], heads: 2, kvHeads: 2, headSize: 8 },
  { lengths: [3, 1, 4], heads: 4, kvHeads: 2, headSize: 8 },
  { lengths: [4, 3], heads: 3, kvHeads: 1, headSize: 20 },
  { lengths: [7, 2], heads: 2, kvHeads: 1, headSize: 8, window: 3 },
  { lengths: [6], heads: 2, kvHeads: 2, headSize: 8, window: 1 },
];
const large: readonly Variant[] = [
  { lengths: [17, 1, 33, 2], heads: 4, kvHeads: 2, headSize: 64 },
  { lengths: [70], heads: 3, kvHeads: 3, headSize: 100 },
  { lengths: [65, 64, 1], heads: 6, kvHeads: 2, headSize: 20, window: 16 },
  { lengths: [130], heads: 2, kvHeads: 1, headSize: 128 },
];

export function attentionCases(): OpCase[] {
  return [
    ...[...small, ...large].map(forward),
    ...small.map((variant) => backward(variant, true)),
    ...large.map((variant) => backward(variant, false)),
  ];
}

const title = ({ lengths, heads, kvHeads, headSize, window }: Variant): string =>
  `lengths ${lengths.join(' ')}, ${heads} heads on ${kvHeads} of ${headSize}${window === undefined ? '' : `, window ${window}`}`;

function settingOf({ lengths, heads, kvHeads, headSize, window }: Variant): AttentionSetting {
  const tokens = lengths.flatMap((length, sequence) =>
    Array.from({ length }, (_, position) => ({ sequence, position })),
  );
  return {
    heads,
    kvHeads,
    headSize,
    scale: headSize ** -0.5,
    tokens,
    ...(window === undefined ? {} : { window }),
  };
}

function layoutOf({ lengths }: Variant): HostValue {
  return ints(lengths.reduce<number[]>((ends, length) => [...ends, ends.at(-1)! + length], [0]));
}

function forward(variant: Variant): OpCase {
  const setting = settingOf(variant);
  const tokens = setting.tokens.length;
  const { heads, kvHeads, headSize } = variant;
  return {
    op: 'attention',
    name: title(variant),
    build(rng) {
      const q = noise(rng, [tokens, heads * headSize]);
      const k = noise(rng, [tokens, kvHeads * headSize]);
      const v = noise(rng, [tokens, kvHeads * headSize]);
      return {
        inputs: { q, k, v, cuSeqlens: layoutOf(variant), out: unset(q.shape), lse: unset([tokens, heads]) },
        outputs: ['out', 'lse'],
        call: (backend, on) =>
          backend.attention({ ...on.pick('q', 'k', 'v', 'out', 'lse'), ...plainArgs(variant, on) }),
        expected: () => attentionFormula({ q: numbersOf(q), k: numbersOf(k), v: numbersOf(v) }, setting),
      };
    },
  };
}

function plainArgs(
  variant: Variant,
  on: DeviceValues,
): Pick<AttentionArgs, 'heads' | 'kvHeads' | 'scale' | 'window' | 'layout'> {
  const { lengths, heads, kvHeads, headSize, window } = variant;
  return {
    heads,
    kvHeads,
    scale: headSize ** -0.5,
    layout: { cuSeqlens: on.tensor('cuSeqlens'), batch: lengths.length, maxSeqlen: Math.max(...lengths) },
    ...(window === undefined ? {} : { window }),
  };
}

function backward(variant: Variant, byFormula: boolean): OpCase {
  const setting = settingOf(variant);
  const tokens = setting.tokens.length;
  const { heads, kvHeads, headSize } = variant;
  return {
    op: 'attentionBackward',
    name: title(variant),
    build(rng) {
      const q = noise(rng, [tokens, heads * headSize]);
      const k = noise(rng, [tokens, kvHeads * headSize]);
      const v = noise(rng, [tokens, kvHeads * headSize]);
      const dOut = noise(rng, q.shape);
      const parts = { q: numbersOf(q), k: numbersOf(k), v: numbersOf(v) };
      const { out, lse } = attentionFormula(parts, setting);
      const gradient = (name: 'q' | 'k' | 'v'): Float64Array =>
        numericalGradient(
          (point) => attentionFormula({ ...parts, [name]: point }, setting).out,
          parts[name],
          numbersOf(dOut),
        );
      return {
        inputs: {
          q,
          k,
          v,
          dOut,
          cuSeqlens: layoutOf(variant),
          out: floats(q.shape, out),
          lse: floats([tokens, heads], lse),
          dQ: unset(q.shape),
          dK: unset(k.shape),
          dV: unset(v.shape),
        },
        outputs: ['dQ', 'dK', 'dV'],
        call: (backend, on) =>
          backend.attentionBackward({
            ...on.pick('q', 'k', 'v', 'out', 'lse', 'dOut', 'dQ', 'dK', 'dV'),
            ...plainArgs(variant, on),
          }),
        ...(byFormula
          ? { expected: () => ({ dQ: gradient('q'), dK: gradient('k'), dV: gradient('v') }) }
          : {}),
      };
    },
  };
}
