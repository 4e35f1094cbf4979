import { BezoarError } from '@bezoar/core';

/*
 * The only place that knows how C functions are called from Node (koffi). Types of parameters: `u64` an address, a handle or a
 * size, `u32` and `i32` numbers, `ptr` memory of JavaScript (a typed array; for out-parameters too).
 */
const signatures = {
  cuInit: ['u32'],
  cuDriverGetVersion: ['ptr'],
  cuDeviceGetCount: ['ptr'],
  cuDeviceGet: ['ptr', 'i32'],
  cuDeviceGetName: ['ptr', 'i32', 'i32'],
  cuDeviceGetAttribute: ['ptr', 'i32', 'i32'],
  cuDevicePrimaryCtxRetain: ['ptr', 'i32'],
  cuDevicePrimaryCtxRelease_v2: ['i32'],
  cuCtxSetCurrent: ['u64'],
  cuMemGetInfo_v2: ['ptr', 'ptr'],
  cuMemAlloc_v2: ['ptr', 'u64'],
  cuMemFree_v2: ['u64'],
  cuMemHostAlloc: ['ptr', 'u64', 'u32'],
  cuMemFreeHost: ['u64'],
  cuMemcpyHtoDAsync_v2: ['u64', 'ptr', 'u64', 'u64'],
  cuMemcpyDtoHAsync_v2: ['u64', 'u64', 'u64', 'u64'],
  cuMemcpyDtoH_v2: ['ptr', 'u64', 'u64'],
  cuMemcpyDtoDAsync_v2: ['u64', 'u64', 'u64', 'u64'],
  cuMemsetD8Async: ['u64', 'u8', 'u64', 'u64'],
  cuStreamCreate: ['ptr', 'u32'],
  cuStreamSynchronize: ['u64'],
  cuStreamWaitEvent: ['u64', 'u64', 'u32'],
  cuStreamDestroy_v2: ['u64'],
  cuEventCreate: ['ptr', 'u32'],
  cuEventRecord: ['u64', 'u64'],
  cuEventQuery: ['u64'],
  cuEventSynchronize: ['u64'],
  cuEventDestroy_v2: ['u64'],
  cuModuleLoadData: ['ptr', 'ptr'],
  cuModuleUnload: ['u64'],
  cuModuleGetFunction: ['ptr', 'u64', 'str'],
  cuFuncSetAttribute: ['u64', 'i32', 'i32'],
  cuLaunchKernel: ['u64', 'u32', 'u32', 'u32', 'u32', 'u32', 'u32', 'u32', 'u64', 'u64', 'u64'],
} as const;

const types = {
  u64: 'uint64_t',
  u32: 'uint32_t',
  i32: 'int32_t',
  u8: 'uint8_t',
  ptr: 'void *',
  str: 'const char *',
} as const;

export type DriverFunction = keyof typeof signatures;
export type DriverArgument = number | string | NodeJS.ArrayBufferView;

/** Memory outside of JavaScript's heap, at an address that stays. */
export interface HostMemory {
  readonly address: number;
  readonly buffer: ArrayBuffer;
}

export interface CudaDriver {
  /** Calls a function and gives its status: 0 when it went well. */
  status(name: DriverFunction, ...args: readonly DriverArgument[]): number;
  /** `CUDA_ERROR_…`, or the number when the driver has no name for it. */
  errorName(status: number): string;
  /** JavaScript's view of host memory that the driver gave. */
  view(address: number, bytes: number): ArrayBuffer;
  /** Memory for arguments, kept until the process ends. */
  allocHost(bytes: number): HostMemory;
}

/** Loads the driver into this process: only after `probeCuda` has seen it work in another one. */
export async function loadCudaDriver(library: string): Promise<CudaDriver> {
  const { default: koffi } = await import('koffi').catch((cause: unknown) => {
    throw new BezoarError('MISSING_DEPENDENCY', 'the CUDA backend needs koffi, which cannot be imported', {
      advice: 'Install koffi with its optional dependencies.',
      cause,
    });
  });
  const loaded = koffi.load(library);
  const declare = (
    name: string,
    parameters: readonly string[],
  ): ((...args: readonly DriverArgument[]) => number) =>
    loaded.func(name, 'int32_t', [...parameters]) as never;
  const functions = Object.fromEntries(
    Object.entries(signatures).map(([name, parameters]) => [
      name,
      declare(
        name,
        parameters.map((type) => types[type]),
      ),
    ]),
  ) as Record<DriverFunction, (...args: readonly DriverArgument[]) => number>;
  const getErrorName = declare('cuGetErrorName', ['int32_t', 'void *']);
  return {
    status: (name, ...args) => functions[name](...args),
    errorName(status) {
      const text = new BigUint64Array(1);
      return getErrorName(status, text) === 0 ? koffi.decode.string(text[0]) : `CUDA error ${status}`;
    },
    view: (address, bytes) => koffi.view(BigInt(address), bytes),
    allocHost(bytes) {
      const pointer = koffi.alloc('uint8_t', bytes) as bigint;
      return { address: Number(koffi.address(pointer)), buffer: koffi.view(pointer, bytes) };
    },
  };
}
