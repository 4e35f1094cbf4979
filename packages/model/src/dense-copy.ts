import type { Backend, Tensor, Weight } from '@bezoar/backend';

/** A new f32 tensor with the values of a weight of any format. */
export function denseCopy(backend: Backend, weight: Weight): Tensor<'f32'> {
  const copy = backend.alloc('f32', weight.shape);
  if (weight.kind === 'nf4') backend.nf4Dequantize({ weight, out: copy });
  else backend.copy({ src: weight, dst: copy });
  return copy;
}
