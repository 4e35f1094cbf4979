import { existsSync } from 'node:fs';
import type { Backend } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import { assembleBackend } from './assemble-backend.ts';
import { chooseDevice } from './choose-device.ts';
import { cublasLtFiles, loadCublasLt, type CublasLibrary } from './cublas/cublas-lt.ts';
import { loadCudaDriver } from './driver/cuda-driver.ts';
import { findDriverLibrary } from './driver/find-driver-library.ts';
import { openDevice } from './driver/open-device.ts';
import { probeCuda } from './driver/probe-cuda.ts';
import { createKernelLauncher } from './kernels/kernel-launcher.ts';
import { compiledImages, sourceImages, type KernelImages } from './kernels/kernel-images.ts';
import { kernelsFolder, sourcesFolder } from './kernels/kernels-folder.ts';
import { loadNvrtc, nvrtcFiles } from './nvrtc/nvrtc-library.ts';

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
  /**
   * What multiplies bf16 operands: `own` (default), the package's kernels; `wgmma`, those for Hopper's warpgroup instructions where the GPU has
   * them; `cublaslt`, NVIDIA's cuBLASLt from a CUDA toolkit or a Python
   * environment; `auto`, that where it is found.
   */
  readonly gemm?: 'own' | 'wgmma' | 'auto' | 'cublaslt';
  /** Path of cuBLASLt; looked for by default. */
  readonly cublas?: string;
  /** Name or path of NVIDIA's driver library; what the system's loader finds by default. */
  readonly library?: string;
  /** Folder of the compiled kernels; the package's own by default. */
  readonly kernels?: URL;
  /** Name or path of NCCL, through which several processes sum; `libnccl.so.2` by default. Where it is not there they do without. */
  readonly nccl?: string;
  /**
   * Compiles the package's sources for this GPU with NVIDIA's NVRTC in place of taking the compiled kernels: for changing kernels without a
   * toolkit's nvcc. By default when BEZOAR_CUDA_NVRTC is 1, and when there are no compiled kernels.
   */
  readonly nvrtc?: boolean;
  /** Path of NVRTC; looked for by default. */
  readonly nvrtcLibrary?: string;
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
  const wgmma = options.gemm === 'wgmma';
  const facts = chooseDevice(await probeCuda(library), ordinal);
  const device = openDevice(await loadCudaDriver(library), ordinal);
  try {
    const cublas = await openCublas(options);
    const launcher = createKernelLauncher(device, await openKernels(options));
    return assembleBackend({
      device,
      launcher,
      precision,
      arena,
      keepDecoded,
      cublas,
      wgmma,
      nccl,
      name: facts.name,
    });
  } catch (error) {
    device.close();
    throw error;
  }
}

async function openCublas({
  gemm = 'own',
  cublas,
}: Pick<CudaBackendOptions, 'gemm' | 'cublas'>): Promise<CublasLibrary | undefined> {
  if (gemm === 'own' || gemm === 'wgmma') return undefined;
  const files = cublas === undefined ? cublasLtFiles() : [cublas];
  const library = await loadCublasLt(files);
  if (library !== undefined || gemm === 'auto') return library;
  throw new BezoarError('BACKEND_UNAVAILABLE', 'cuBLASLt cannot be loaded', {
    advice: 'Set CUDA_HOME to a CUDA toolkit of version 12 or 13, or choose gemm "own".',
    data: { files },
  });
}

/** The compiled kernels, or their sources, where those are wanted or there is nothing else. */
async function openKernels({
  kernels = kernelsFolder,
  nvrtc = process.env['BEZOAR_CUDA_NVRTC'] === '1',
  nvrtcLibrary,
}: Pick<CudaBackendOptions, 'kernels' | 'nvrtc' | 'nvrtcLibrary'>): Promise<KernelImages> {
  const isBuilt = existsSync(new URL('manifest.json', kernels));
  if (!nvrtc && isBuilt) return compiledImages(kernels);
  const files = nvrtcLibrary === undefined ? nvrtcFiles() : [nvrtcLibrary];
  const library = await loadNvrtc(files);
  if (library !== undefined) return sourceImages(sourcesFolder, library);
  if (!nvrtc) return compiledImages(kernels);
  throw new BezoarError('BACKEND_UNAVAILABLE', 'NVRTC cannot be loaded', {
    advice: 'Set CUDA_HOME to a CUDA toolkit, or take the compiled kernels: leave BEZOAR_CUDA_NVRTC out.',
    data: { files },
  });
}
