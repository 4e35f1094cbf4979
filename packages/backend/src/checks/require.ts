import { BezoarError } from '@bezoar/core';
import type { DType, Nf4Weight, Tensor, Weight } from '../contract/tensor.ts';

/**
 * The primitives of the argument checks. A place is `op.argument`, e.g. `rmsNorm.out`; every failure names the op, the
 * argument, what was given and what was expected.
 */
export function failAt(place: string, got: string, expected: string): never {
  const dot = place.indexOf('.');
  const op = place.slice(0, dot);
  const argument = place.slice(dot + 1);
  throw new BezoarError('BAD_INPUT', `${op}: ${argument} is ${got}, expected ${expected}`, {
    advice: `Give ${op} a ${argument} that is ${expected}; the shapes of every op stand in its docstring.`,
    data: { op, argument, got, expected },
  });
}

/** A live tensor of one of the dtypes; with `size`, of exactly that many elements. */
export function requireTensor(
  place: string,
  tensor: Tensor,
  expected: { readonly dtypes: readonly DType[]; readonly size?: number },
): void {
  if (!isTensor(tensor)) failAt(place, describeValue(tensor), 'a tensor');
  requireLive(place, tensor);
  const wrongType = !expected.dtypes.includes(tensor.dtype);
  const wrongSize = expected.size !== undefined && tensor.size !== expected.size;
  if (wrongType || wrongSize) {
    const size = expected.size === undefined ? '' : ` of ${expected.size} elements`;
    failAt(place, describeTensor(tensor), `${expected.dtypes.join(' or ')}${size}`);
  }
}

export function requireF32(place: string, tensor: Tensor, size?: number): void {
  requireTensor(place, tensor, size === undefined ? { dtypes: F32 } : { dtypes: F32, size });
}

export function requireI32(place: string, tensor: Tensor, size?: number): void {
  requireTensor(place, tensor, size === undefined ? { dtypes: I32 } : { dtypes: I32, size });
}

const F32: readonly DType[] = ['f32'];
const I32: readonly DType[] = ['i32'];

/** Throws BezoarError DISPOSED when the tensor's memory is gone. */
export function requireLive(place: string, tensor: Tensor): void {
  if (!tensor.disposed) return;
  throw new BezoarError('DISPOSED', `${place}: the tensor ${describeTensor(tensor)} was disposed`, {
    advice: 'Keep a tensor alive until the last op that uses it was called.',
    data: { place, dtype: tensor.dtype, shape: tensor.shape },
  });
}

/** Rows and columns of a matrix: the width is the last dimension, everything before it are rows. */
export interface MatrixSize {
  readonly rows: number;
  readonly columns: number;
}

export function matrixSize(place: string, tensor: Tensor): MatrixSize {
  const columns = tensor.shape.at(-1);
  if (columns === undefined || columns < 1)
    failAt(place, describeTensor(tensor), 'a matrix with at least one column');
  return { rows: tensor.size / columns, columns };
}

/** Checks a weight of any format and gives its [out, in]. */
export function requireWeight(place: string, weight: Weight): MatrixSize {
  if (isNf4(weight)) {
    requireNf4(place, weight);
    return { rows: weight.shape[0], columns: weight.shape[1] };
  }
  requireTensor(place, weight, { dtypes: ['f32', 'bf16'] });
  return matrixSize(place, weight);
}

/** Checks that the parts of an NF4 weight fit its shape and block sizes. */
export function requireNf4(place: string, weight: Nf4Weight): void {
  const [rows, columns] = weight.shape;
  const { blockSize, packed, scales } = weight;
  requireCount(`${place}.blockSize`, blockSize, 1);
  const blocks = Math.ceil((rows * columns) / blockSize);
  requireTensor(`${place}.packed`, packed, { dtypes: ['u8'], size: Math.ceil((rows * columns) / 2) });
  if (scales.kind === 'single') {
    requireF32(`${place}.scales.absmax`, scales.absmax, blocks);
    return;
  }
  requireCount(`${place}.scales.nestedBlockSize`, scales.nestedBlockSize, 1);
  requireTensor(`${place}.scales.codes`, scales.codes, { dtypes: ['u8'], size: blocks });
  requireF32(`${place}.scales.nestedAbsmax`, scales.nestedAbsmax, Math.ceil(blocks / scales.nestedBlockSize));
  requireFinite(`${place}.scales.offset`, scales.offset);
}

export function requireFinite(place: string, value: number): void {
  if (!Number.isFinite(value)) failAt(place, describeValue(value), 'a finite number');
}

export function requireCount(place: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    failAt(place, describeValue(value), `an integer of at least ${least}`);
}

export function requireU32(place: string, value: number): void {
  if (value !== value >>> 0) failAt(place, describeValue(value), 'an unsigned 32-bit integer');
}

/** `size / width` where it is whole. */
export function requireRows(place: string, tensor: Tensor, width: number): number {
  const rows = tensor.size / width;
  if (!Number.isInteger(rows)) failAt(place, describeTensor(tensor), `rows of ${width} elements`);
  return rows;
}

/**
 * Outputs must be memory of their own: different from each other and from every input. Leave out the pairs that an op
 * allows to be the same ("in place").
 */
export function requireDistinct(
  op: string,
  outputs: Readonly<Record<string, Tensor | undefined>>,
  inputs: Readonly<Record<string, unknown>>,
): void {
  const seen = Object.entries(inputs);
  for (const [name, output] of Object.entries(outputs)) {
    if (output === undefined) continue;
    const twin = seen.find(([, other]) => other === output);
    if (twin) failAt(`${op}.${name}`, `the same tensor as ${twin[0]}`, 'memory of its own');
    seen.push([name, output]);
  }
}

export function isNf4(weight: Weight): weight is Nf4Weight {
  return kindOf(weight) === 'nf4';
}

function isTensor(value: unknown): value is Tensor {
  return kindOf(value) === 'tensor';
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
}

export function describeTensor(tensor: Tensor): string {
  return `${tensor.dtype} [${tensor.shape.join(', ')}] (${tensor.size} elements)`;
}

function describeValue(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `an object of kind ${String(kindOf(value))}`
    : String(value);
}
