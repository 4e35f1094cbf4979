import { readFile } from 'node:fs/promises';
import { BezoarError } from '@bezoar/core';
import { kernelSignatures } from './kernel-signatures.ts';

/** What `build:kernels` has written beside the compiled kernels. */
export interface KernelManifest {
  readonly modules: Readonly<Record<string, ModuleEntry>>;
}

interface ModuleEntry {
  readonly kernels: Readonly<Record<string, KernelEntry>>;
  /** By target: `ptx`, or machine code for `sm_80` and so on. */
  readonly images: Readonly<Record<string, { readonly file: string; readonly sha256: string }>>;
}

interface KernelEntry {
  /** Per block. */
  readonly threads: number;
  readonly parameters: string;
  /** By target: registers per thread and bytes of static shared memory. */
  readonly resources: Readonly<Record<string, { readonly registers: number; readonly sharedBytes: number }>>;
}

/** Reads and checks a manifest. Throws BezoarError BACKEND_UNAVAILABLE when there is none, or one of other kernels. */
export async function readManifest(folder: URL): Promise<KernelManifest> {
  const file = new URL('manifest.json', folder);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unavailable('the CUDA kernels were not built', { file: file.pathname, cause });
  });
  const manifest = JSON.parse(text) as KernelManifest;
  for (const [module, kernels] of Object.entries(kernelSignatures)) {
    for (const [kernel, parameters] of Object.entries(kernels)) {
      const entry = manifest.modules[module]?.kernels[kernel];
      if (entry?.parameters !== parameters)
        throw unavailable(`the compiled CUDA kernels are of another version (${kernel})`, {
          file: file.pathname,
        });
    }
  }
  return manifest;
}

function unavailable(message: string, { file, cause }: { file: string; cause?: unknown }): BezoarError {
  return new BezoarError('BACKEND_UNAVAILABLE', message, {
    advice:
      'In a checkout run `pnpm --filter @bezoar/backend-cuda run build:kernels` (it needs nvcc); in an installation reinstall @bezoar/backend-cuda.',
    data: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}
