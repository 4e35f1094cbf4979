import { BezoarError } from '@bezoar/core';
import type { GpuInstance, GpuJsModule, GpuKernel, GpuKernelSettings } from './gpujs-module.ts';
import { gpuJsModes, hasTextures, maxTextureSide, modeOfKernel, supportedModes } from './gpujs-mode.ts';
import type { GpuJsMode } from './gpujs-mode.ts';

/** One instance of gpu.js in one mode that was seen to run. */
export interface Gpu {
  readonly module: GpuJsModule;
  readonly mode: GpuJsMode;
  readonly asyncMode: boolean;
  /** Whether results are textures. */
  readonly textures: boolean;
  /** Greatest side of a texture; Infinity without textures. */
  readonly maxSide: number;
  /** Most steps that the loops of one thread may take together. */
  readonly maxSteps: number;
  /** What draws, as the driver calls it: `ANGLE (…)`. Empty without textures. */
  readonly renderer: string;
  createKernel(source: string, form: KernelForm): GpuKernel;
  /** Throws BezoarError BACKEND_UNAVAILABLE when gpu.js has put another mode in the place of the one that was chosen. */
  requireMode(kernel: GpuKernel): void;
  /** Throws BezoarError BACKEND_UNAVAILABLE when the browser has taken the context away: what is read then is no result. */
  requireContext(): void;
  destroy(): Promise<void>;
}

export interface KernelForm {
  readonly output: readonly [x: number, y: number];
  /** Whether a thread gives four values. One value to a thread is packed: four threads to a texel. */
  readonly fours: boolean;
  /** Where the result goes: it stays on the device, or comes back as arrays. Without textures both are arrays. */
  readonly to: 'texture' | 'array';
}

export interface OpenGpuOptions {
  readonly mode: GpuJsMode | 'auto';
  readonly asyncMode: boolean;
}

/** Throws BezoarError BACKEND_UNAVAILABLE when the mode does not run here. */
export async function openGpu(
  module: GpuJsModule,
  { mode: wanted, asyncMode }: OpenGpuOptions,
): Promise<Gpu> {
  const supported = supportedModes(module);
  const mode = wanted === 'auto' ? supported[0]! : wanted;
  if (!supported.includes(mode)) throw unavailable(mode, supported);
  const gpu = wrap({ module, mode, asyncMode, instance: new module.GPU({ mode }) });
  try {
    await probe(gpu);
  } catch (error) {
    await gpu.destroy();
    throw error;
  }
  return gpu;
}

/** Mesa's software renderer ends loops after so many steps of a shader (LP_MAX_TGSI_LOOP_ITERATIONS), without a word. */
const MESA_STEPS = 65_535;

interface Parts {
  readonly module: GpuJsModule;
  readonly mode: GpuJsMode;
  readonly asyncMode: boolean;
  readonly instance: GpuInstance;
}

function wrap({ module, mode, asyncMode, instance }: Parts): Gpu {
  const settings: Omit<GpuKernelSettings, 'output' | 'pipeline' | 'immutable' | 'optimizeFloatMemory'> = {
    precision: 'single',
    asyncMode,
    // The greatest that GLSL takes; 1000 by default, and longer loops would end there without a word.
    loopMaxIterations: 2 ** 31 - 1,
  };
  return {
    module,
    mode,
    asyncMode,
    textures: hasTextures(mode),
    maxSide: maxTextureSide(module, mode),
    maxSteps: mode === 'headlessgl' ? MESA_STEPS : Infinity,
    // The context is made with the first kernel.
    get renderer() {
      return hasTextures(mode) ? rendererOf(instance.context) : '';
    },
    createKernel: (source, { output, fours, to }) =>
      instance.createKernel(source, {
        ...settings,
        output,
        pipeline: to === 'texture',
        immutable: to === 'texture',
        optimizeFloatMemory: !fours,
      }),
    requireMode({ kernel }) {
      const real = modeOfKernel(module, kernel);
      if (real === mode) return;
      const reason = kernel.fallbackReason ?? 'it gave no reason';
      throw new BezoarError(
        'BACKEND_UNAVAILABLE',
        `gpu.js runs a kernel in mode ${String(real)} instead of ${mode}: ${reason}`,
        { advice: `Choose mode ${real ?? 'cpu'} if that is what you want.`, data: { mode, real, reason } },
      );
    },
    requireContext() {
      if (!hasTextures(mode) || !(instance.context as GlContext).isContextLost()) return;
      throw new BezoarError('BACKEND_UNAVAILABLE', `the context of ${mode} was lost`, {
        advice: 'Create a new backend and go on from the last state; smaller models and fewer tabs help.',
        data: { mode },
      });
    },
    destroy: () => instance.destroy(),
  };
}

/** One tiny kernel: is the mode the one that was asked for, and are its numbers f32? */
async function probe(gpu: Gpu): Promise<void> {
  const form = { output: [2, 1], fours: false, to: 'array' } as const;
  const kernel = gpu.createKernel('function (a) { return this.thread.x + a; }', form);
  const [row] = (await kernel(2 ** -20)) as readonly Float32Array[];
  gpu.requireMode(kernel);
  const exact = row?.[0] === 2 ** -20 && row[1] === 1 + 2 ** -20;
  if (exact) return;
  throw new BezoarError(
    'BACKEND_UNAVAILABLE',
    `mode ${gpu.mode} of gpu.js does not compute in 32-bit floats here`,
    {
      advice: 'Choose mode webasm or cpu.',
      data: { mode: gpu.mode, renderer: gpu.renderer, got: [row?.[0], row?.[1]] },
    },
  );
}

function unavailable(mode: GpuJsMode, supported: readonly GpuJsMode[]): BezoarError {
  const advice: Partial<Record<GpuJsMode, string>> = {
    headlessgl:
      'It needs the package gl with its compiled binary (npm install gl) and an X server: xvfb-run on a machine without a display.',
    webgl2: 'It runs in browsers with WebGL 2; in Node use headlessgl, webasm or cpu.',
    webgl: 'It runs in browsers with WebGL; in Node use headlessgl, webasm or cpu.',
  };
  return new BezoarError('BACKEND_UNAVAILABLE', `gpu.js cannot run in mode ${mode} here`, {
    advice: `${advice[mode] ?? `Choose one of ${gpuJsModes.join(', ')}.`} Here run: ${supported.join(', ')}.`,
    data: { mode, supported },
  });
}

/** The part of a WebGL context that is asked for its name. */
interface GlContext {
  readonly RENDERER: number;
  isContextLost(): boolean;
  getExtension(name: 'WEBGL_debug_renderer_info'): { readonly UNMASKED_RENDERER_WEBGL: number } | null;
  getParameter(name: number): unknown;
}

function rendererOf(context: unknown): string {
  const gl = context as GlContext;
  const unmasked = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(unmasked?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
}
