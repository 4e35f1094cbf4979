import { signedDynamicMap, unsignedDynamicMap } from '../../nf4/dynamic-map.ts';
import { decodedMoment, encodedMoment, type EightBitMoment } from '../formulas/eight-bit-moment.ts';
import { bytes, floats, noise, numbersOf } from '../host-tensor.ts';
import type { OpCase } from '../op-case.ts';

interface Variant {
  readonly size: number;
  readonly steps: number;
  readonly weightDecay: number;
  readonly gradScale: number;
  /** Gradients of the second block are 0, its moments too. */
  readonly zeros?: boolean;
}

/** Less than a block, whole blocks, a part of one, more than a task of a fast backend. */
export function adamW8bitCases(): OpCase[] {
  return [
    { size: 1, steps: 1, weightDecay: 0, gradScale: 1 },
    { size: 7, steps: 5, weightDecay: 0.1, gradScale: 0.3 },
    { size: 256, steps: 3, weightDecay: 0, gradScale: 1 },
    { size: 1001, steps: 5, weightDecay: 0.1, gradScale: 0.3 },
    { size: 700, steps: 4, weightDecay: 0, gradScale: 1, zeros: true },
    { size: 20000, steps: 1, weightDecay: 0.01, gradScale: 0.5 },
  ].map(adamW8bit);
}

const numbers = { lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8 };
const block = 256;
const { fround } = Math;

/** Several steps from zero moments. Gradients span magnitudes, so that the whole of the maps is used. */
function adamW8bit({ size, steps, weightDecay, gradScale, zeros = false }: Variant): OpCase {
  return {
    op: 'adamW8bit',
    name: `${size} elements, ${steps} steps, weight decay ${weightDecay}, gradient scale ${gradScale}${zeros ? ', a block of zeros' : ''}`,
    build(rng) {
      const param = noise(rng, [size]);
      const gradients = Array.from({ length: size }, (_, i) =>
        zeros && i >= block && i < 2 * block ? 0 : rng.normal() * 10 ** (-6 * rng.next()),
      );
      const grad = floats([size], gradients);
      const blocks = Math.ceil(size / block);
      return {
        inputs: {
          param,
          grad,
          mCodes: bytes(size, 127),
          mAbsmax: floats([blocks], new Float32Array(blocks)),
          vCodes: bytes(size, 0),
          vAbsmax: floats([blocks], new Float32Array(blocks)),
        },
        outputs: ['param', 'mCodes', 'mAbsmax', 'vCodes', 'vAbsmax'],
        call: (backend, on) => {
          for (let step = 1; step <= steps; step++) {
            backend.adamW8bit({
              ...on.pick('param', 'grad', 'mCodes', 'mAbsmax', 'vCodes', 'vAbsmax'),
              ...numbers,
              weightDecay,
              step,
              gradScale,
            });
          }
        },
        expected() {
          const p = numbersOf(param);
          const [signed, unsigned] = [signedDynamicMap(), unsignedDynamicMap()];
          let m: EightBitMoment = encodedMoment(signed, new Float64Array(size));
          let v: EightBitMoment = encodedMoment(unsigned, new Float64Array(size));
          for (let step = 1; step <= steps; step++) {
            const [beta1, beta2] = [fround(numbers.beta1), fround(numbers.beta2)];
            const [rest1, rest2] = [fround(1 - numbers.beta1), fround(1 - numbers.beta2)];
            const g = numbersOf(grad).map((value) => fround(value * fround(gradScale)));
            const mean = decodedMoment(signed, m).map((value, i) =>
              fround(fround(beta1 * value) + fround(rest1 * g[i]!)),
            );
            const square = decodedMoment(unsigned, v).map((value, i) =>
              fround(fround(beta2 * value) + fround(fround(rest2 * g[i]!) * g[i]!)),
            );
            mean.forEach((value, i) => {
              const mHat = value / (1 - numbers.beta1 ** step);
              const vHat = square[i]! / (1 - numbers.beta2 ** step);
              p[i] = p[i]! - numbers.lr * (weightDecay * p[i]! + mHat / (Math.sqrt(vHat) + numbers.eps));
            });
            m = encodedMoment(signed, mean);
            v = encodedMoment(unsigned, square);
          }
          return { param: p, mCodes: m.codes, mAbsmax: m.absmax, vCodes: v.codes, vAbsmax: v.absmax };
        },
      };
    },
  };
}
