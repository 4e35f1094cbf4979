import { plus } from '../formulas/linear.ts';
import { logProbFormula } from '../formulas/linear-cross-entropy.ts';
import { bf16Noise, floats, ints, noise, numbersOf, unset, unsetInts } from '../host-tensor.ts';
import { numericalGradient } from '../numerical-gradient.ts';
import type { OpCase } from '../op-case.ts';

interface Variant {
  readonly tokens: number;
  readonly width: number;
  readonly words: number;
  readonly format?: 'bf16';
  readonly ignored?: 'some' | 'all';
  readonly gradient?: 'number' | 'tensor';
  readonly dWeight?: boolean;
  /** The greatest magnitude of the logits is about this many times that of plain noise. */
  readonly sharpness?: number;
}

const small: readonly Variant[] = [
  { tokens: 1, width: 1, words: 2 },
  { tokens: 4, width: 7, words: 5, ignored: 'some' },
  { tokens: 3, width: 8, words: 11, ignored: 'all', gradient: 'number' },
  { tokens: 4, width: 7, words: 5, ignored: 'some', gradient: 'number' },
  { tokens: 5, width: 8, words: 13, ignored: 'some', gradient: 'tensor' },
  { tokens: 5, width: 8, words: 13, ignored: 'some', gradient: 'tensor', dWeight: true },
  { tokens: 4, width: 20, words: 17, format: 'bf16', gradient: 'number' },
  { tokens: 4, width: 8, words: 9, sharpness: 40 },
];
const large: readonly Variant[] = [
  { tokens: 33, width: 64, words: 257, ignored: 'some', gradient: 'number', dWeight: true },
  { tokens: 70, width: 100, words: 1003, ignored: 'some', gradient: 'tensor' },
];

export function linearCrossEntropyCases(): OpCase[] {
  return [
    ...small.map((variant) => linearCrossEntropy(variant, true)),
    ...large.map((variant) => linearCrossEntropy(variant, false)),
  ];
}

function title({ tokens, width, words, format, ignored, gradient, dWeight, sharpness }: Variant): string {
  const parts = [
    `${tokens}×${width}→${words} ${format ?? 'f32'}`,
    ignored && `${ignored} ignored`,
    gradient && `gradient by ${gradient}`,
    dWeight && 'dWeight',
    sharpness !== undefined && 'large logits',
  ];
  return parts.filter((part) => typeof part === 'string').join(', ');
}

function linearCrossEntropy(variant: Variant, byFormula: boolean): OpCase {
  const { tokens, width, words, ignored, gradient, dWeight = false, sharpness = 1 } = variant;
  return {
    op: 'linearCrossEntropy',
    name: title(variant),
    ...(variant.format ? { needs: variant.format } : {}),
    build(rng) {
      const hidden = noise(rng, [tokens, width], sharpness);
      const weight = (variant.format ? bf16Noise : noise)(rng, [words, width], 0.5);
      const targets = Array.from({ length: tokens }, (_, t) =>
        ignored === 'all' || (ignored === 'some' && t % 3 === 1) ? -100 : rng.int(words),
      );
      const perRow = noise(rng, [tokens]);
      const grads = {
        dHidden: unset([tokens, width]),
        ...(dWeight ? { dWeight: noise(rng, [words, width]) } : {}),
      };
      const parts = { hidden: numbersOf(hidden), weight: numbersOf(weight) };
      const cotangent = gradient === 'number' ? new Float64Array(tokens).fill(-0.25) : numbersOf(perRow);
      const slope = (name: 'hidden' | 'weight'): Float64Array =>
        numericalGradient(
          (point) => logProbFormula({ ...parts, [name]: point }, targets).logProbs,
          parts[name],
          cotangent,
        );
      const expected = (): Record<string, Float64Array> => ({
        ...logProbFormula(parts, targets),
        ...(gradient ? { dHidden: slope('hidden') } : {}),
        ...(gradient && grads.dWeight ? { dWeight: plus(slope('weight'), numbersOf(grads.dWeight)) } : {}),
      });
      const given = gradient ? grads : {};
      return {
        inputs: {
          hidden,
          weight,
          targets: ints(targets),
          logProbs: unset([tokens]),
          correct: unsetInts([tokens]),
          ...(gradient === 'tensor' ? { dLogProbs: floats([tokens], perRow.data) } : {}),
          ...given,
        },
        outputs: ['logProbs', 'correct', ...Object.keys(given)],
        call: (backend, on) =>
          backend.linearCrossEntropy({
            ...on.pick('hidden', 'targets', 'logProbs', 'correct'),
            weight: on.weight('weight'),
            ...(gradient
              ? {
                  gradient: {
                    dLogProbs: gradient === 'tensor' ? on.tensor('dLogProbs') : -0.25,
                    ...on.pick('dHidden'),
                    ...(dWeight ? on.pick('dWeight') : {}),
                  },
                }
              : {}),
          }),
        ...(byFormula ? { expected } : {}),
      };
    },
  };
}
