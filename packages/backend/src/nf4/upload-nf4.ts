import { BezoarError } from '@bezoar/core';
import type { Backend } from '../contract/backend.ts';
import type { Nf4Weight } from '../contract/tensor.ts';
import { nf4WeightOf, uploadScales } from './nf4-weight-of.ts';
import type { Nf4Data } from './quantize-nf4.ts';

/** Puts a matrix [out, in] that was quantised on the host into a backend's memory. The caller disposes of it. */
export function uploadNf4(
  backend: Pick<Backend, 'upload'>,
  shape: readonly [number, number],
  data: Nf4Data,
): Nf4Weight {
  if (shape[0] * shape[1] !== data.count) {
    throw new BezoarError(
      'BAD_INPUT',
      `uploadNf4: the shape [${shape.join(', ')}] does not hold ${data.count} values`,
      {
        advice: 'Give the shape of the matrix that was quantised.',
      },
    );
  }
  const packed = backend.upload('u8', [data.packed.length], data.packed);
  return nf4WeightOf({
    shape,
    blockSize: data.blockSize,
    packed,
    scales: uploadScales(backend, data.scales),
  });
}
