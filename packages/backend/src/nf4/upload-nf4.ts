import { BezoarError } from '@bezoar/core';
import type { Backend } from '../contract/backend.ts';
import type { Nf4Scales, Nf4Weight, Tensor } from '../contract/tensor.ts';
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
  const scales = uploadScales(backend, data);
  return {
    kind: 'nf4',
    shape: [...shape],
    blockSize: data.blockSize,
    packed,
    scales,
    dispose() {
      for (const tensor of [packed, ...scaleTensors(scales)]) tensor.dispose();
    },
  };
}

function uploadScales(backend: Pick<Backend, 'upload'>, { scales }: Nf4Data): Nf4Scales {
  if (scales.kind === 'single') {
    return { kind: 'single', absmax: backend.upload('f32', [scales.absmax.length], scales.absmax) };
  }
  return {
    ...scales,
    codes: backend.upload('u8', [scales.codes.length], scales.codes),
    nestedAbsmax: backend.upload('f32', [scales.nestedAbsmax.length], scales.nestedAbsmax),
  };
}

function scaleTensors(scales: Nf4Scales): Tensor[] {
  return scales.kind === 'single' ? [scales.absmax] : [scales.codes, scales.nestedAbsmax];
}
