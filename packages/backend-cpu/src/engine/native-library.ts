import { BezoarError } from '@bezoar/core';
import type { InstructionSet } from './instruction-sets.ts';
import { kernelSignatures, type KernelName } from './kernel-signatures.ts';

/** The functions of kernels/native.c and kernels/pool.c, and the kernels of one instruction set. Addresses are numbers. */
export interface NativeLibrary {
  readonly kernels: Readonly<Record<KernelName, (...args: readonly number[]) => void>>;
  poolBytes(threads: number, sharedBytes: number): number;
  poolInit(pool: number, threads: number, sharedBytes: number): void;
  threadsStart(pool: number): number;
  threadsEnd(pool: number, workers: number): void;
  take(bytes: number): number;
  release(address: number): void;
  write(address: number, source: Uint8Array, bytes: number): void;
  read(target: Uint8Array, address: number, bytes: number): void;
}

const types = { i: 'intptr_t', f: 'float', u: 'uint32_t' } as const;

/** Loads the library into this process. Only after `probeNative` has seen it work in another one. */
export async function loadNativeLibrary(file: string, isa: InstructionSet): Promise<NativeLibrary> {
  const { default: koffi } = await import('koffi').catch((cause: unknown) => {
    throw new BezoarError('MISSING_DEPENDENCY', 'the native kernels need koffi, which cannot be imported', {
      advice: 'Install koffi with its optional dependencies, or choose tier: "wasm".',
      cause,
    });
  });
  const library = koffi.load(file);
  const declare = (name: string, result: string, args: readonly string[]): never =>
    library.func(name, result, [...args]) as never;
  const kernels = Object.entries(kernelSignatures).map(([name, signature]) => {
    const args = Array.from(signature, (code) => types[code as keyof typeof types]);
    return [name, declare(`${name}_${isa}`, 'void', ['intptr_t', ...args])];
  });
  return {
    kernels: Object.fromEntries(kernels) as NativeLibrary['kernels'],
    poolBytes: declare('bz_pool_bytes', 'intptr_t', ['intptr_t', 'intptr_t']),
    poolInit: declare('bz_pool_init', 'void', ['intptr_t', 'intptr_t', 'intptr_t']),
    threadsStart: declare('bz_threads_start', 'intptr_t', ['intptr_t']),
    threadsEnd: declare('bz_threads_end', 'void', ['intptr_t', 'intptr_t']),
    take: declare('bz_memory_take', 'intptr_t', ['intptr_t']),
    release: declare('bz_memory_release', 'void', ['intptr_t']),
    write: declare('bz_write', 'void', ['intptr_t', 'void *', 'intptr_t']),
    read: declare('bz_read', 'void', ['void *', 'intptr_t', 'intptr_t']),
  };
}
