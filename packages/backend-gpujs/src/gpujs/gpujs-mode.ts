import type { GpuJsModule } from './gpujs-module.ts';

/** The modes of gpu.js that this backend runs in, the fastest first. */
export const gpuJsModes = ['webgl2', 'webgl', 'headlessgl', 'webasm', 'cpu'] as const;
export type GpuJsMode = (typeof gpuJsModes)[number];

/** Modes whose results stay on the device, as textures. */
export function hasTextures(mode: GpuJsMode): boolean {
  return mode !== 'webasm' && mode !== 'cpu';
}

/** What this machine can run, as gpu.js says. */
export function supportedModes({ GPU }: GpuJsModule): readonly GpuJsMode[] {
  const supported: Record<GpuJsMode, boolean> = {
    webgl2: GPU.isWebGL2Supported,
    webgl: GPU.isWebGLSupported,
    headlessgl: GPU.isHeadlessGLSupported,
    webasm: GPU.isWebAssemblySupported,
    cpu: true,
  };
  return gpuJsModes.filter((mode) => supported[mode]);
}

/** The mode in which a kernel really runs, whatever was asked for. */
export function modeOfKernel(module: GpuJsModule, kernel: object): GpuJsMode | undefined {
  const classes: readonly (readonly [GpuJsMode, unknown])[] = [
    // WebGL's class is the parent of the two before it.
    ['headlessgl', module.HeadlessGLKernel],
    ['webgl2', module.WebGL2Kernel],
    ['webgl', module.WebGLKernel],
    ['webasm', module.WebAssemblyKernel],
    ['cpu', module.CPUKernel],
  ];
  return classes.find(([, type]) => typeof type === 'function' && kernel instanceof type)?.[0];
}

/** Greatest side of a texture; Infinity where there are none. */
export function maxTextureSide(module: GpuJsModule, mode: GpuJsMode): number {
  const classes = {
    headlessgl: module.HeadlessGLKernel,
    webgl2: module.WebGL2Kernel,
    webgl: module.WebGLKernel,
  };
  if (mode === 'webasm' || mode === 'cpu') return Infinity;
  return classes[mode].features?.maxTextureSize ?? 4096;
}
