import { BezoarError } from '@bezoar/core';
import type { CudaDeviceFacts, CudaProbe } from './driver/probe-cuda.ts';

/** The first driver that takes the kernels' PTX. */
const OLDEST_DRIVER = 11000;
/** Ampere: the first with bf16 on the tensor cores and asynchronous copies. */
const LEAST_CAPABILITY = 80;

/** The facts of the GPU that was asked for. Throws BezoarError BACKEND_UNAVAILABLE with the reason why it cannot be used. */
export function chooseDevice(probe: CudaProbe, ordinal: number): CudaDeviceFacts {
  const { devices, driverVersion } = probe;
  const refuse = (reason: string, advice: string): never => {
    throw new BezoarError('BACKEND_UNAVAILABLE', `the CUDA backend cannot run: ${reason}`, {
      advice,
      data: { device: ordinal, devices, driverVersion, reason },
    });
  };
  if (driverVersion > 0 && driverVersion < OLDEST_DRIVER)
    return refuse(
      `the NVIDIA driver speaks CUDA ${cudaVersion(driverVersion)}`,
      'Install a driver for CUDA 11.0 or newer (450 or newer).',
    );
  if (probe.reason !== undefined)
    return refuse(
      probe.reason,
      'Install NVIDIA’s driver (no CUDA toolkit is needed), or choose the CPU backend.',
    );
  const device = devices[ordinal];
  if (!device)
    return refuse(
      `there is no GPU ${ordinal}`,
      `Choose one from 0 to ${devices.length - 1}; CUDA_VISIBLE_DEVICES hides others.`,
    );
  if (device.capability < LEAST_CAPABILITY)
    return refuse(
      `${device.name} has compute capability ${(device.capability / 10).toFixed(1)}`,
      'It needs Ampere (8.0) or newer; choose the CPU backend.',
    );
  return device;
}

/** 12040 → 12.4. */
export function cudaVersion(number: number): string {
  return `${Math.floor(number / 1000)}.${Math.floor((number % 1000) / 10)}`;
}
