import { BezoarError } from '@bezoar/core';
import { findToolkitLibraries } from '../driver/find-toolkit-libraries.ts';

/*
 * cuBLASLt's functions; types as in driver/cuda-driver.ts. Handles and addresses are u64, out-parameters and values at addresses ptr.
 */
const signatures = {
  cublasLtCreate: ['ptr'],
  cublasLtDestroy: ['u64'],
  cublasLtMatmulDescCreate: ['ptr', 'i32', 'i32'],
  cublasLtMatmulDescDestroy: ['u64'],
  cublasLtMatmulDescSetAttribute: ['u64', 'i32', 'ptr', 'u64'],
  cublasLtMatrixLayoutCreate: ['ptr', 'i32', 'u64', 'u64', 'i64'],
  cublasLtMatrixLayoutDestroy: ['u64'],
  cublasLtMatmulPreferenceCreate: ['ptr'],
  cublasLtMatmulPreferenceDestroy: ['u64'],
  cublasLtMatmulPreferenceSetAttribute: ['u64', 'i32', 'ptr', 'u64'],
  cublasLtMatmulAlgoGetHeuristic: ['u64', 'u64', 'u64', 'u64', 'u64', 'u64', 'u64', 'i32', 'ptr', 'ptr'],
  // prettier-ignore
  cublasLtMatmul: [
    'u64', 'u64', 'ptr', 'u64', 'u64', 'u64', 'u64', 'ptr', 'u64', 'u64', 'u64', 'u64', 'ptr', 'u64', 'u64', 'u64',
  ],
} as const;

const types = {
  u64: 'uint64_t',
  i64: 'int64_t',
  i32: 'int32_t',
  ptr: 'void *',
} as const;

export type CublasFunction = keyof typeof signatures;
export type CublasArgument = number | NodeJS.ArrayBufferView;

export interface CublasLibrary {
  /** Where it was found. */
  readonly file: string;
  /** Calls a function and gives its status: 0 when it went well. */
  status(name: CublasFunction, ...args: readonly CublasArgument[]): number;
}

const names: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libcublasLt.so.13', 'libcublasLt.so.12'],
  win32: ['cublasLt64_13.dll', 'cublasLt64_12.dll'],
};

/** Where cuBLASLt may lie on this machine. */
export function cublasLtFiles(): string[] {
  return findToolkitLibraries(names[process.platform] ?? []);
}

/** Loads the first of the files that can be loaded. Undefined when none can. Throws BezoarError MISSING_DEPENDENCY without koffi. */
export async function loadCublasLt(files: readonly string[]): Promise<CublasLibrary | undefined> {
  const { default: koffi } = await import('koffi').catch((cause: unknown) => {
    throw new BezoarError('MISSING_DEPENDENCY', 'cuBLASLt needs koffi, which cannot be imported', {
      advice: 'Install koffi with its optional dependencies.',
      cause,
    });
  });
  for (const file of files) {
    try {
      const library = koffi.load(file);
      const functions = new Map(
        Object.entries(signatures).map(([name, parameters]) => [
          name,
          library.func(
            name,
            'int32_t',
            parameters.map((type: keyof typeof types) => types[type]),
          ) as (...args: readonly CublasArgument[]) => number,
        ]),
      );
      return { file, status: (name, ...args) => functions.get(name)!(...args) };
    } catch {
      // The next one may do.
    }
  }
  return undefined;
}
