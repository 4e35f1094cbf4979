import type { Backend, Tensor, Weight } from '@bezoar/backend';
import type { SafetensorsDtype } from '@bezoar/formats';
import type { WeightFormat } from './load-model.ts';
import type { ParameterSpec } from './parameter-specs.ts';

export interface PlaceOptions {
  readonly backend: Backend;
  readonly spec: ParameterSpec;
  readonly format: WeightFormat;
  /** The checkpoint's own type. */
  readonly dtype: SafetensorsDtype;
  /** Makes the dense tensor of the spec's shape. */
  readonly dense: (dtype: 'f32' | 'bf16') => Tensor;
}

/**
 * Puts a parameter onto a backend. Norms and biases are f32. Embeddings and lm_head follow the format, but are never quantised: beside
 * an NF4 base they are bf16 where the checkpoint is (nothing is lost, half the memory), else f32.
 */
export function placeWeight({ backend, spec, format, dtype, dense }: PlaceOptions): Weight {
  const isLinear = spec.role === 'linear';
  const isSmall = spec.role === 'norm' || spec.role === 'bias';
  const asBf16 =
    format === 'bf16' ||
    (format !== 'f32' && !isLinear && dtype === 'BF16' && backend.capabilities.weightFormats.has('bf16'));
  if (asBf16 && !isSmall) return dense('bf16');
  const placed = dense('f32');
  if (format === 'f32' || !isLinear) return placed;
  const quantised = backend.nf4Quantize({ weight: placed, doubleQuant: format === 'nf4-dq' });
  placed.dispose();
  return quantised;
}
