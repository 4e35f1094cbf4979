import type { AddArgs, CopyArgs, FillArgs, SumOfSquaresArgs } from '../contract/ops.ts';
import {
  describeTensor,
  failAt,
  requireDistinct,
  requireF32,
  requireFinite,
  requireTensor,
} from './require.ts';

export function checkAdd({ a, b, scale = 1, out }: AddArgs): void {
  requireF32('add.a', a);
  requireF32('add.b', b, a.size);
  requireF32('add.out', out, a.size);
  requireFinite('add.scale', scale);
}

export function checkFill({ out, value }: FillArgs): void {
  requireTensor('fill.out', out, { dtypes: ['f32', 'i32'] });
  if (out.dtype === 'i32' && (value | 0) !== value)
    failAt('fill.value', String(value), 'a signed 32-bit integer');
}

export function checkCopy({ src, dst }: CopyArgs): void {
  requireTensor('copy.src', src, { dtypes: ['f32', 'bf16', 'i32', 'u8'] });
  requireTensor('copy.dst', dst, { dtypes: ['f32', 'bf16', 'i32', 'u8'], size: src.size });
  const floats = (dtype: string): boolean => dtype === 'f32' || dtype === 'bf16';
  if (src.dtype !== dst.dtype && !(floats(src.dtype) && floats(dst.dtype))) {
    failAt('copy.dst', describeTensor(dst), `${src.dtype}: only f32 and bf16 convert into each other`);
  }
}

export function checkSumOfSquares({ tensors, out }: SumOfSquaresArgs): void {
  for (const [index, tensor] of tensors.entries()) requireF32(`sumOfSquares.tensors[${index}]`, tensor);
  requireF32('sumOfSquares.out', out, 1);
  requireDistinct('sumOfSquares', { out }, Object.fromEntries(tensors.entries()));
}
