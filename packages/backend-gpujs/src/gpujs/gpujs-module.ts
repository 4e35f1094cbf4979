import { BezoarError } from '@bezoar/core';

/*
 * What is used of gpu.js. Its own types stand for results of kernels of every shape as a union that nothing can be
 * asked of, so the few calls are typed here.
 */

/** A texture that a pipelined kernel wrote: row-major values, four to a texel. */
export interface GpuTexture {
  /** Width and height in texels. */
  readonly size: ArrayLike<number>;
  /** One more owner of the same memory. */
  clone(): GpuTexture;
  delete(): void;
}

/** A flat array with its sizes, [x, y]. */
export interface GpuInput {
  readonly value: Float32Array;
}

export type GpuArgument = GpuTexture | GpuInput | number;
/** Rows, where the mode has no textures. */
export type GpuResult = GpuTexture | readonly Float32Array[];

export interface GpuKernel {
  (...args: readonly GpuArgument[]): GpuResult | Promise<GpuResult>;
  /** The kernel that runs: gpu.js replaces it when it falls back. */
  readonly kernel: { readonly fallbackReason: string | null };
  destroy(): void;
}

export interface GpuKernelSettings {
  readonly output: readonly [x: number, y: number];
  readonly precision: 'single';
  readonly pipeline: boolean;
  readonly immutable: boolean;
  readonly optimizeFloatMemory: boolean;
  readonly asyncMode: boolean;
  readonly loopMaxIterations: number;
}

export interface GpuInstance {
  readonly context: unknown;
  createKernel(source: string, settings: GpuKernelSettings): GpuKernel;
  destroy(): Promise<void>;
}

interface KernelClass {
  readonly features?: { readonly maxTextureSize?: number } | null;
}

export interface GpuJsModule {
  readonly GPU: {
    new (settings: { readonly mode: string }): GpuInstance;
    readonly isHeadlessGLSupported: boolean;
    readonly isWebGL2Supported: boolean;
    readonly isWebGLSupported: boolean;
    readonly isWebAssemblySupported: boolean;
  };
  readonly input: (value: Float32Array, size: readonly number[]) => GpuInput;
  readonly HeadlessGLKernel: KernelClass;
  readonly WebGL2Kernel: KernelClass;
  readonly WebGLKernel: KernelClass;
  readonly WebAssemblyKernel: KernelClass;
  readonly CPUKernel: KernelClass;
}

/** gpu.js is a peer dependency. Throws BezoarError MISSING_DEPENDENCY. */
export async function loadGpuJs(): Promise<GpuJsModule> {
  try {
    const module = (await import('gpu.js')) as unknown as { default?: GpuJsModule } & GpuJsModule;
    return module.default ?? module;
  } catch (cause) {
    throw new BezoarError('MISSING_DEPENDENCY', 'the gpu.js backend needs gpu.js, which cannot be imported', {
      advice: 'Install it beside @bezoar/backend-gpujs: npm install gpu.js',
      cause,
    });
  }
}
