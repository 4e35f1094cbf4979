import type { Backend } from '../contract/backend.ts';
import type { Nf4Scales, Nf4Weight } from '../contract/tensor.ts';
import type { Nf4DataScales } from './quantize-nf4.ts';

/** A weight of these tensors, which are disposed of with it. */
export function nf4WeightOf(parts: Pick<Nf4Weight, 'shape' | 'blockSize' | 'packed' | 'scales'>): Nf4Weight {
  const { shape, blockSize, packed, scales } = parts;
  const tensors = [
    packed,
    ...(scales.kind === 'single' ? [scales.absmax] : [scales.codes, scales.nestedAbsmax]),
  ];
  return {
    kind: 'nf4',
    shape: [...shape],
    blockSize,
    packed,
    scales,
    dispose() {
      for (const tensor of tensors) tensor.dispose();
    },
  };
}

/** Scales that were made on the host, in a backend's memory. */
export function uploadScales(backend: Pick<Backend, 'upload'>, scales: Nf4DataScales): Nf4Scales {
  if (scales.kind === 'single')
    return { kind: 'single', absmax: backend.upload('f32', [scales.absmax.length], scales.absmax) };
  return {
    ...scales,
    codes: backend.upload('u8', [scales.codes.length], scales.codes),
    nestedAbsmax: backend.upload('f32', [scales.nestedAbsmax.length], scales.nestedAbsmax),
  };
}
