import type { Backend } from '@bezoar/backend';
import { assembleBackend } from './assemble-backend.ts';
import { chooseDevice } from './choose-device.ts';
import { loadCudaDriver } from './driver/cuda-driver.ts';
import { findDriverLibrary } from './driver/find-driver-library.ts';
import { openDevice } from './driver/open-device.ts';
import { probeCuda } from './driver/probe-cuda.ts';
import { createKernelLauncher } from './kernels/kernel-launcher.ts';
import { kernelsFolder } from './kernels/kernels-folder.ts';

export interface CudaBackendOptions {
  /** Number of the GPU, as the driver counts them (CUDA_VISIBLE_DEVICES counts); 0 by default. */
  readonly device?: number;
  /**
   * `bf16` (default) rounds the operands of matrix products to bf16 and sums in f32, on the tensor cores, as GPU training does.
   * `f32` keeps every number in f32, on the ordinary cores: slower, for comparisons.
   */
  readonly precision?: 'bf16' | 'f32';
  /**
   * Bytes of the GPU's memory that are taken at once and kept, as a plan says (`held` of `planSftMemory`): what is planned cannot run out of
   * memory later. By default memory is taken as it is needed.
   */
  readonly arena?: number;
  /**
   * Keeps what NF4 weights decode to (2 bytes a weight in place of decoding before every product, to the same bits) while nothing else needs
   * the memory. False by default. Only with precision bf16.
   */
  readonly keepDecoded?: boolean;
  /** Name or path of NVIDIA's driver library; what the system's loader finds by default. */
  readonly library?: string;
  /** Folder of the compiled kernels; the package's own by default. */
  readonly kernels?: URL;
  /** Name or path of NCCL, through which several processes sum; `libnccl.so.2` by default. Where it is not there they do without. */
  readonly nccl?: string;
}

/**
 * The CUDA backend, for NVIDIA GPUs from Ampere (compute capability 8.0) on. Ops are enqueued on one stream; only `download`
 * and `synchronize` wait.
 *
 * Throws BezoarError BACKEND_UNAVAILABLE (no driver, one that is too old, no such GPU, no kernels), OUT_OF_MEMORY or
 * MISSING_DEPENDENCY.
 */
export async function createCudaBackend(options: CudaBackendOptions = {}): Promise<Backend> {
  const { device: ordinal = 0, precision = 'bf16', library = findDriverLibrary() } = options;
  const { arena, keepDecoded, nccl = 'libnccl.so.2' } = options;
  const facts = chooseDevice(await probeCuda(library), ordinal);
  const device = openDevice(await loadCudaDriver(library), ordinal);
  try {
    const launcher = await createKernelLauncher(device, options.kernels ?? kernelsFolder);
    return assembleBackend({ device, launcher, precision, arena, keepDecoded, nccl, name: facts.name });
  } catch (error) {
    device.close();
    throw error;
  }
}
