import type { DType, Tensor, Weight } from './tensor.ts';

/** Narrows a weight to a dense tensor of one dtype. */
export function hasDtype<Type extends DType>(weight: Weight, dtype: Type): weight is Tensor<Type> {
  return weight.kind === 'tensor' && weight.dtype === dtype;
}
