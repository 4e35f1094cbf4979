import { BezoarError } from '@bezoar/core';
import type { CudaDevice } from '../driver/open-device.ts';
import type { KernelImages } from './kernel-images.ts';
import { kernelSignatures, type KernelName } from './kernel-signatures.ts';

/** Blocks in x, y and z, 1 where left out; and bytes of dynamic shared memory for each block. */
export type Grid = Blocks | { readonly blocks: Blocks; readonly shared: number };
type Blocks = readonly [number, number?, number?];

export interface KernelLauncher {
  /** Enqueues a kernel; nothing when the grid is empty. `args` in the order of kernelSignatures. */
  launch(kernel: KernelName, grid: Grid, args: readonly number[]): void;
  /** Where the modules that were loaded so far came from: `sm_90a`, `ptx`. */
  targets(): readonly string[];
}

interface LoadedKernel {
  readonly handle: number;
  readonly threads: number;
  readonly parameters: string;
  shared: number;
}

const FREE_SHARED = 48 * 1024;
const moduleOf = new Map(
  Object.entries(kernelSignatures).flatMap(([module, kernels]) =>
    Object.keys(kernels).map((kernel) => [kernel, module]),
  ),
);

/** Loads modules of kernels at their first use. Throws BezoarError BACKEND_UNAVAILABLE when the driver takes none of a module's images. */
export function createKernelLauncher(device: CudaDevice, source: KernelImages): KernelLauncher {
  const loaded = new Map<KernelName, LoadedKernel>();
  const targets = new Set<string>();

  /** The driver may refuse machine code of a newer toolkit: then it compiles the PTX. */
  const loadModule = (module: string): number => {
    for (const [target, image] of source.imagesOf(module, device.capability)) {
      const handle = device.loadModule(image);
      if (handle === undefined) continue;
      targets.add(target);
      return handle;
    }
    throw new BezoarError('BACKEND_UNAVAILABLE', `the driver takes none of the kernels in ${module}`, {
      advice: 'Install a newer NVIDIA driver.',
      data: { module, capability: device.capability },
    });
  };

  const load = (kernel: KernelName): LoadedKernel => {
    const module = moduleOf.get(kernel)!;
    const handle = loadModule(module);
    for (const { name, threads, parameters } of source.kernelsOf(module)) {
      const entry = { handle: device.functionOf(handle, name), threads, parameters, shared: FREE_SHARED };
      loaded.set(name as KernelName, entry);
    }
    return loaded.get(kernel)!;
  };

  return {
    launch(kernel, grid, args) {
      const { blocks, shared } = 'blocks' in grid ? grid : { blocks: grid, shared: 0 };
      const [x, y = 1, z = 1] = blocks;
      if (x === 0 || y === 0 || z === 0) return;
      const entry = loaded.get(kernel) ?? load(kernel);
      if (shared > entry.shared) {
        device.allowShared(entry.handle, shared);
        entry.shared = shared;
      }
      const shape = { grid: [x, y, z], threads: entry.threads, shared } as const;
      device.launch(entry.handle, shape, (view) => packArguments(view, entry.parameters, args));
    },
    targets: () => [...targets],
  };
}

/** Writes arguments as C lays out a struct of them, and gives the number of bytes. */
function packArguments(view: DataView, parameters: string, args: readonly number[]): number {
  if (args.length !== parameters.length)
    throw new RangeError(`${args.length} arguments for a kernel that takes ${parameters.length}`);
  let at = 0;
  for (let i = 0; i < parameters.length; i++) {
    const code = parameters[i]!;
    const bytes = code === 'p' || code === 'l' ? 8 : 4;
    at = Math.ceil(at / bytes) * bytes;
    const value = args[i]!;
    if (bytes === 8) view.setBigInt64(at, BigInt(value), true);
    else if (code === 'f') view.setFloat32(at, value, true);
    else if (code === 'u') view.setUint32(at, value, true);
    else view.setInt32(at, value, true);
    at += bytes;
  }
  return at;
}
