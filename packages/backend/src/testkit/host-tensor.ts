import type { Rng } from '@bezoar/core';
import type { DType, HostArray } from '../contract/tensor.ts';
import { dequantizeNf4 } from '../nf4/dequantize-nf4.ts';
import { type Nf4Data, type Nf4Options, quantizeNf4 } from '../nf4/quantize-nf4.ts';
import { bf16ToF32, f32ToBf16 } from '../numeric/bf16.ts';

/** A tensor before it is uploaded. */
export interface HostTensor {
  readonly kind: 'tensor';
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: HostArray;
}

/** An NF4 weight before it is uploaded. */
export interface HostNf4 {
  readonly kind: 'nf4';
  readonly shape: readonly [number, number];
  readonly data: Nf4Data;
}

export type HostValue = HostTensor | HostNf4;

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, dimension) => product * dimension, 1);

/** Normal noise. */
export function noise(rng: Rng, shape: readonly number[], scale = 1): HostTensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => scale * rng.normal());
  return { kind: 'tensor', dtype: 'f32', shape, data };
}

export function bf16Noise(rng: Rng, shape: readonly number[], scale = 1): HostTensor {
  return {
    kind: 'tensor',
    dtype: 'bf16',
    shape,
    data: f32ToBf16(noise(rng, shape, scale).data as Float32Array),
  };
}

export function nf4Noise(rng: Rng, shape: readonly [number, number], options: Nf4Options): HostNf4 {
  return { kind: 'nf4', shape, data: quantizeNf4(noise(rng, shape, 0.1).data as Float32Array, options) };
}

/** NaN everywhere: an output that must be overwritten, not added to. */
export function unset(shape: readonly number[]): HostTensor {
  return { kind: 'tensor', dtype: 'f32', shape, data: new Float32Array(sizeOf(shape)).fill(Number.NaN) };
}

/** −7777 everywhere: an integer output that must be overwritten. */
export function unsetInts(shape: readonly number[]): HostTensor {
  return { kind: 'tensor', dtype: 'i32', shape, data: new Int32Array(sizeOf(shape)).fill(-7777) };
}

export function floats(shape: readonly number[], values: ArrayLike<number>): HostTensor {
  return { kind: 'tensor', dtype: 'f32', shape, data: Float32Array.from(values) };
}

export function ints(values: ArrayLike<number>): HostTensor {
  return { kind: 'tensor', dtype: 'i32', shape: [values.length], data: Int32Array.from(values) };
}

/** The same byte everywhere. */
export function bytes(size: number, value: number): HostTensor {
  return { kind: 'tensor', dtype: 'u8', shape: [size], data: new Uint8Array(size).fill(value) };
}

/** The numbers that a host value stands for. */
export function numbersOf(value: HostValue): Float64Array {
  if (value.kind === 'nf4') return Float64Array.from(dequantizeNf4(value.data));
  return Float64Array.from(value.dtype === 'bf16' ? bf16ToF32(value.data as Uint16Array) : value.data);
}
