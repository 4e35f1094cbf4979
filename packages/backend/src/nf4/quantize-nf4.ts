import { BezoarError } from '@bezoar/core';
import { requireBlockSize } from '../checks/check-nf4.ts';
import { midpointsOf, nf4Code } from './code.ts';
import { signedDynamicMap } from './dynamic-map.ts';

export interface Nf4Options {
  /** Values per block: a power of two from 32 to 4096; 64 by default. */
  readonly blockSize?: number;
  /** Quantises the block scales to 8 bits too: 4.127 instead of 4.5 bits per weight. */
  readonly doubleQuant?: boolean;
}

/** A quantised array on the host; the parts are those of `Nf4Weight`. */
export interface Nf4Data {
  /** Number of values. */
  readonly count: number;
  readonly blockSize: number;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly scales: Nf4DataScales;
}

export type Nf4DataScales =
  | { readonly kind: 'single'; readonly absmax: Float32Array<ArrayBuffer> }
  | {
      readonly kind: 'double';
      readonly codes: Uint8Array<ArrayBuffer>;
      readonly nestedAbsmax: Float32Array<ArrayBuffer>;
      readonly offset: number;
      readonly nestedBlockSize: number;
    };

const NESTED_BLOCK_SIZE = 256;

/**
 * Blockwise NF4 as bitsandbytes computes it, bit for bit: a full block is scaled by float32(1/absmax), a partial last one
 * is divided by absmax; the nibble is the number of midpoints that the scaled value exceeds; an all-zero block has
 * absmax 0 and nibbles 7. With `doubleQuant`, absmax − mean(absmax) is quantised in blocks of 256 to the signed dynamic
 * map by the same rule.
 */
export function quantizeNf4(values: Float32Array, options: Nf4Options = {}): Nf4Data {
  const { blockSize = 64, doubleQuant = false } = options;
  requireBlockSize('quantizeNf4.blockSize', blockSize);
  if (values.length === 0)
    throw new BezoarError('BAD_INPUT', 'quantizeNf4: there are no values', {
      advice: 'Give at least one value.',
    });
  const { codes: nibbles, absmax } = quantizeBlocks(values, { blockSize, midpoints: midpointsOf(nf4Code()) });
  const packed = new Uint8Array(Math.ceil(values.length / 2));
  for (let i = 0; i < packed.length; i++)
    packed[i] = (nibbles[2 * i]! << 4) | (nibbles[2 * i + 1] ?? ZERO_NIBBLE);
  const scales: Nf4DataScales = doubleQuant ? quantizeNf4Scales(absmax) : { kind: 'single', absmax };
  return { count: values.length, blockSize, packed, scales };
}

/** The nibble of 0, which also pads an odd count. */
const ZERO_NIBBLE = 7;

/** The second level alone: f32 block scales to 8 bits. For backends that make the scales on the device. */
export function quantizeNf4Scales(absmax: Float32Array): Extract<Nf4DataScales, { kind: 'double' }> {
  const offset = Math.fround(absmax.reduce((sum, scale) => sum + scale, 0) / absmax.length);
  const rest = absmax.map((scale) => scale - offset);
  const midpoints = midpointsOf(signedDynamicMap());
  const { codes, absmax: nestedAbsmax } = quantizeBlocks(rest, { blockSize: NESTED_BLOCK_SIZE, midpoints });
  return { kind: 'double', codes, nestedAbsmax, offset, nestedBlockSize: NESTED_BLOCK_SIZE };
}

function quantizeBlocks(
  values: Float32Array,
  { blockSize, midpoints }: { readonly blockSize: number; readonly midpoints: Float32Array },
): { codes: Uint8Array<ArrayBuffer>; absmax: Float32Array<ArrayBuffer> } {
  const codes = new Uint8Array(values.length);
  const absmax = new Float32Array(Math.ceil(values.length / blockSize));
  for (let block = 0; block < absmax.length; block++) {
    const start = block * blockSize;
    const end = Math.min(start + blockSize, values.length);
    // Math.max lets a NaN through: a broken weight stays visible after quantisation.
    let largest = 0;
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(values[i]!));
    absmax[block] = largest;
    if (largest === 0) {
      codes.fill(countBelow(midpoints, 0), start, end);
      continue;
    }
    const reciprocal = Math.fround(1 / largest);
    const full = end - start === blockSize;
    for (let i = start; i < end; i++) {
      codes[i] = countBelow(midpoints, Math.fround(full ? values[i]! * reciprocal : values[i]! / largest));
    }
  }
  return { codes, absmax };
}

/** How many of the ascending midpoints are strictly below the value, by bisection. NaN is above none. */
function countBelow(midpoints: Float32Array, value: number): number {
  let low = 0;
  let high = midpoints.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value > midpoints[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}
