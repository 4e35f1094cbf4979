import type { Backend, TensorTableOptions } from '@bezoar/backend';
import { assembleBackend } from './assemble-backend.ts';
import { openDryDevice } from './driver/open-dry-device.ts';
import type { CudaBackendOptions } from './create-cuda-backend.ts';

export interface CudaDryRunOptions extends Pick<CudaBackendOptions, 'precision' | 'keepDecoded'> {
  /** Hears of all that is taken, as `createMemoryMeter().take` does. */
  readonly onTake?: TensorTableOptions['onTake'];
  /** Bytes after which memory is out; without end by default. */
  readonly memory?: number;
  /** Decides into how many parts long sums are split; 132 by default, as an H100 has. */
  readonly multiprocessors?: number;
}

/**
 * The CUDA backend without a GPU and without its work: ops take and give back the memory that they would take, and launch nothing.
 * Running a program on it says what it needs (`memory()`), on any machine, in no time. Downloads give zeros.
 */
export function createCudaDryRun(options: CudaDryRunOptions = {}): Backend {
  const { memory = 2 ** 50, multiprocessors = 132, precision = 'bf16', keepDecoded, onTake } = options;
  return assembleBackend({
    device: openDryDevice({ multiprocessors, memory }),
    launcher: { launch: () => undefined, targets: () => [] },
    precision,
    name: 'dry run',
    keepDecoded,
    onTake,
  });
}
