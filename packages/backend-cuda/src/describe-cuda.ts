import { existsSync } from 'node:fs';
import { BezoarError } from '@bezoar/core';
import { chooseDevice, cudaVersion } from './choose-device.ts';
import { cublasLtFiles, loadCublasLt } from './cublas/cublas-lt.ts';
import { findDriverLibrary } from './driver/find-driver-library.ts';
import { probeCuda, type CudaDeviceFacts } from './driver/probe-cuda.ts';
import { kernelsFolder } from './kernels/kernels-folder.ts';

/** What `createCudaBackend()` would find on this machine. For `bezoar doctor`. */
export interface CudaDescription {
  readonly devices: readonly CudaDeviceFacts[];
  /** `12.4`: the CUDA version that the driver speaks. */
  readonly driver?: string;
  /** Where cuBLASLt was found, which `gemm: 'auto'` would use. */
  readonly cublasLt?: string;
  /** Why GPU 0 cannot be used. */
  readonly reason?: string;
}

/** The GPUs of this machine, the version of its driver, and why GPU 0 cannot be used, if it cannot. Never throws. */
export async function describeCuda(
  options: { readonly library?: string; readonly kernels?: URL } = {},
): Promise<CudaDescription> {
  try {
    const probe = await probeCuda(options.library ?? findDriverLibrary(), { free: true });
    const { devices, driverVersion } = probe;
    const driver = driverVersion > 0 ? { driver: cudaVersion(driverVersion) } : {};
    const reason = reasonAgainst(() => chooseDevice(probe, 0)) ?? missingKernels(options.kernels);
    const found = devices.length > 0 ? await loadCublasLt(cublasLtFiles()) : undefined;
    const cublasLt = found === undefined ? {} : { cublasLt: found.file };
    return { devices, ...driver, ...cublasLt, ...(reason === undefined ? {} : { reason }) };
  } catch (error) {
    if (BezoarError.isInstance(error)) return { devices: [], reason: error.message };
    throw error;
  }
}

function reasonAgainst(choose: () => void): string | undefined {
  try {
    choose();
    return undefined;
  } catch (error) {
    if (BezoarError.isInstance(error)) return String(error.data['reason']);
    throw error;
  }
}

function missingKernels(folder: URL = kernelsFolder): string | undefined {
  return existsSync(new URL('manifest.json', folder)) ? undefined : 'the CUDA kernels were not built';
}
