import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BezoarError } from '@bezoar/core';
import type { NvrtcLibrary } from '../nvrtc/nvrtc-library.ts';
import { imageTargets } from './image-targets.ts';
import { readManifest } from './manifest.ts';
import { readKernels, readSources, type KernelSource } from './read-kernels.ts';

/** Where modules of kernels come from. */
export interface KernelImages {
  kernelsOf(module: string): readonly KernelSource[];
  /** What a device of that compute capability may take, best first: target and bytes. */
  imagesOf(module: string, capability: number): Iterable<readonly [target: string, image: Uint8Array]>;
}

/** The compiled kernels of a folder. Throws BezoarError BACKEND_UNAVAILABLE when there are none, later when one is damaged. */
export async function compiledImages(folder: URL): Promise<KernelImages> {
  const manifest = await readManifest(folder);
  return {
    kernelsOf: (module) =>
      Object.entries(manifest.modules[module]!.kernels).map(([name, { threads, parameters }]) => ({
        name,
        threads,
        parameters,
      })),
    *imagesOf(module, capability) {
      const { images } = manifest.modules[module]!;
      for (const target of imageTargets(capability, Object.keys(images))) {
        const { file, sha256 } = images[target]!;
        const image = readFileSync(new URL(file, folder));
        if (createHash('sha256').update(image).digest('hex') !== sha256) throw broken(file);
        // The text form ends with a zero byte.
        yield [target, target === 'ptx' ? Buffer.concat([image, Buffer.alloc(1)]) : image];
      }
    },
  };
}

/** The sources of a folder, compiled for the device when they are wanted: for whoever changes kernels. Throws what the compiler says. */
export async function sourceImages(folder: URL, nvrtc: NvrtcLibrary): Promise<KernelImages> {
  const sources = await readSources(fileURLToPath(folder));
  const headers = Object.fromEntries(Object.entries(sources).filter(([name]) => name.endsWith('.cuh')));
  const files = new Map(readKernels(sources).map((file) => [file.module, file]));
  return {
    kernelsOf: (module) => files.get(module)!.kernels,
    *imagesOf(module, capability) {
      const target = `sm_${capability}${capability === 90 ? 'a' : ''}`;
      const name = `${module}.cu`;
      yield [`${target} by NVRTC`, nvrtc.compile({ name, source: sources[name]!, headers, target })];
    },
  };
}

function broken(file: string): BezoarError {
  return new BezoarError('BACKEND_UNAVAILABLE', `the compiled kernels in ${file} are damaged`, {
    advice: 'Reinstall @bezoar/backend-cuda.',
    data: { file },
  });
}
