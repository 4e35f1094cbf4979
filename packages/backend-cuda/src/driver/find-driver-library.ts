import { BezoarError } from '@bezoar/core';

const names: Partial<Record<NodeJS.Platform, string>> = { linux: 'libcuda.so.1', win32: 'nvcuda.dll' };

/** The name under which the system's loader finds NVIDIA's driver. Throws BezoarError BACKEND_UNAVAILABLE. */
export function findDriverLibrary(platform: NodeJS.Platform = process.platform): string {
  const name = names[platform];
  if (name !== undefined) return name;
  throw new BezoarError('BACKEND_UNAVAILABLE', `there is no NVIDIA driver for ${platform}`, {
    advice: 'Use the CPU backend here.',
    data: { platform },
  });
}
