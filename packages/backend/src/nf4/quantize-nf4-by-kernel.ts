import type { Backend } from '../contract/backend.ts';
import type { Nf4QuantizeArgs } from '../contract/ops.ts';
import type { Nf4Weight, Tensor } from '../contract/tensor.ts';
import { nf4WeightOf, uploadScales } from './nf4-weight-of.ts';
import { quantizeNf4Scales } from './quantize-nf4.ts';

export interface Nf4Kernel {
  readonly backend: Pick<Backend, 'alloc' | 'upload'>;
  /** Fills packed: u8 [⌈values/2⌉] and absmax: f32 [blocks]. */
  readonly quantize: (parts: {
    readonly weight: Tensor;
    readonly blockSize: number;
    readonly packed: Tensor;
    readonly absmax: Tensor;
  }) => void;
  /** A host copy of f32 values. */
  readonly read: (tensor: Tensor) => Float32Array<ArrayBuffer>;
}

/** `nf4Quantize` by a kernel for nibbles and block scales; the second level, a 64th of the work, is made on the host. */
export function quantizeNf4ByKernel(
  { weight, blockSize = 64, doubleQuant = false }: Nf4QuantizeArgs,
  { backend, quantize, read }: Nf4Kernel,
): Nf4Weight {
  const [outputs = 0, inputs = 0] = weight.shape;
  const packed = backend.alloc('u8', [Math.ceil(weight.size / 2)]);
  const absmax = backend.alloc('f32', [Math.ceil(weight.size / blockSize)]);
  quantize({ weight, blockSize, packed, absmax });
  const parts = { shape: [outputs, inputs], blockSize, packed } as const;
  if (!doubleQuant) return nf4WeightOf({ ...parts, scales: { kind: 'single', absmax } });
  const values = read(absmax);
  absmax.dispose();
  return nf4WeightOf({ ...parts, scales: uploadScales(backend, quantizeNf4Scales(values)) });
}
