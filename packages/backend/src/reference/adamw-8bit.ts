import type { AdamW8bitArgs } from '../contract/ops.ts';
import { signedDynamicMap, unsignedDynamicMap } from '../nf4/dynamic-map.ts';
import type { HostMemory } from './host-memory.ts';

const blockSize = 256;
const { fround } = Math;

export function adamW8bit(memory: HostMemory, args: AdamW8bitArgs): void {
  const { lr, beta1, beta2, eps, weightDecay, step, gradScale } = args;
  const [param, grad] = [memory.f32(args.param), memory.f32(args.grad)];
  const first = { codes: memory.raw(args.mCodes), absmax: memory.f32(args.mAbsmax), map: signedDynamicMap() };
  const second = {
    codes: memory.raw(args.vCodes),
    absmax: memory.f32(args.vAbsmax),
    map: unsignedDynamicMap(),
  };
  const stepSize = lr / (1 - beta1 ** step);
  const rootOfCorrection = Math.sqrt(1 - beta2 ** step);
  for (let block = 0; block * blockSize < param.length; block++) {
    const start = block * blockSize;
    const m = decode(first, block, param.length);
    const v = decode(second, block, param.length);
    for (let i = 0; i < m.length; i++) {
      const g = fround(grad[start + i]! * fround(gradScale));
      m[i] = fround(fround(beta1) * m[i]!) + fround(fround(1 - beta1) * g);
      v[i] = fround(fround(beta2) * v[i]!) + fround(fround(fround(1 - beta2) * g) * g);
      param[start + i] =
        param[start + i]! * (1 - lr * weightDecay) -
        (stepSize * m[i]!) / (Math.sqrt(v[i]!) / rootOfCorrection + eps);
    }
    encode(first, block, m);
    encode(second, block, v);
  }
}

interface Moment {
  readonly codes: ArrayLike<number> & { [index: number]: number };
  readonly absmax: Float32Array;
  readonly map: Float32Array;
}

function decode({ codes, absmax, map }: Moment, block: number, size: number): Float32Array {
  const start = block * blockSize;
  const length = Math.min(blockSize, size - start);
  return Float32Array.from({ length }, (_, i) => map[codes[start + i]!]! * absmax[block]!);
}

function encode({ codes, absmax, map }: Moment, block: number, values: Float32Array): void {
  const greatest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  absmax[block] = greatest;
  for (const [i, value] of values.entries())
    codes[block * blockSize + i] = nearestCode(map, greatest === 0 ? 0 : fround(value / greatest));
}

/** The entry that is nearest in magnitude on the value's side of 0. */
function nearestCode(map: Float32Array, value: number): number {
  const zero = map.indexOf(0);
  const direction = value < 0 ? -1 : 1;
  const last = value < 0 ? 0 : map.length - 1;
  let code = zero;
  while (code !== last) {
    const midpoint = fround((Math.abs(map[code]!) + Math.abs(map[code + direction]!)) / 2);
    if (!(Math.abs(value) > midpoint)) break;
    code += direction;
  }
  return value < 0 && code === zero ? zero - 1 : code;
}
