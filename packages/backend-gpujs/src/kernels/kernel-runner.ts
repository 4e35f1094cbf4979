import { BezoarError } from '@bezoar/core';
import type { GpuArgument, GpuKernel, GpuResult, GpuTexture } from '../gpujs/gpujs-module.ts';
import type { Gpu, KernelForm } from '../gpujs/open-gpu.ts';
import { whenDone } from '../memory/when-done.ts';
import { textureView } from './texture-view.ts';

/** Values with the sizes that a kernel reads them with: `name[y][x]`, x below `columns`. */
export interface Matrix {
  readonly data: DeviceData;
  readonly columns: number;
  readonly rows: number;
  /** Textures only: `name[y][x]` is an array of the four values from column 4x on. */
  readonly fours?: boolean;
}

/** Row-major values where the kernels are: four to a texel of a texture, or an array. */
export type DeviceData = GpuTexture | Float32Array;

export interface KernelCall {
  /** Name and compile-time sizes: with the layout of the arguments they say which kernel it is. */
  readonly key: string;
  /** The body of the kernel's function. Called once per kernel. */
  readonly body: () => string;
  /** Threads, x first; with `fours` a thread gives four values. */
  readonly output: readonly [x: number, y: number];
  readonly fours?: boolean;
  /** In the order of the kernel's parameters. */
  readonly args: Readonly<Record<string, Matrix | number>>;
}

export interface KernelRunner {
  run(call: KernelCall): DeviceData | Promise<DeviceData>;
  /** A copy on the host. */
  read(data: DeviceData, length: number): Float32Array | Promise<Float32Array>;
}

/**
 * Kernels of WebAssembly each have a memory of their own, and an engine gives out only so many: the one that was not used for
 * longest goes. Textures belong to the kernel that made them, so those of WebGL stay.
 */
const MOST_WEBASM_KERNELS = 100;

/**
 * Kernels, compiled once for every layout of their arguments. gpu.js writes sizes of textures into the shader as constants and
 * does not look at them again, so they are part of the key.
 */
export function createKernelRunner(gpu: Gpu): KernelRunner {
  const kernels = new Map<string, GpuKernel>();
  const { input } = gpu.module;

  function start(call: KernelCall, to: KernelForm['to']): GpuResult | Promise<GpuResult> {
    const { output, fours = false, args } = call;
    const key = `${call.key} ${output.join('×')}${fours ? 'f' : ''}${layoutOf(args)}`;
    const known = kernels.get(key);
    const kernel = known ?? compile(call, { output, fours, to });
    const values = Object.values(args).map((arg): GpuArgument => {
      if (typeof arg === 'number') return arg;
      const { data, columns, rows } = arg;
      return data instanceof Float32Array ? input(data, [columns, rows]) : textureView(data, arg);
    });
    return whenDone(kernel(...values), (result) => {
      if (!known) gpu.requireMode(kernel);
      keep(key, kernel);
      return result;
    });
  }

  function compile({ body, args }: KernelCall, form: KernelForm): GpuKernel {
    requireSize(gpu, form.output);
    return gpu.createKernel(`function (${Object.keys(args).join(', ')}) { ${body()} }`, form);
  }

  function keep(key: string, kernel: GpuKernel): void {
    if (gpu.mode !== 'webasm') {
      kernels.set(key, kernel);
      return;
    }
    // The order of a map is that of its insertions.
    kernels.delete(key);
    kernels.set(key, kernel);
    const [oldest] = kernels;
    if (kernels.size <= MOST_WEBASM_KERNELS || !oldest) return;
    kernels.delete(oldest[0]);
    oldest[1].destroy();
  }

  return {
    run: (call) =>
      whenDone(start(call, 'texture'), (result) => ('delete' in result ? result : flatten(result))),
    read(data, length) {
      if (data instanceof Float32Array) return data.slice();
      const call: KernelCall = {
        key: 'download',
        body: () => 'return values[0][this.thread.x];',
        output: [length, 1],
        args: { values: { data, columns: length, rows: 1 } },
      };
      return whenDone(start(call, 'array'), (rows) => {
        gpu.requireContext();
        return flatten(rows as readonly Float32Array[]);
      });
    },
  };
}

function layoutOf(args: KernelCall['args']): string {
  let layout = '';
  for (const arg of Object.values(args)) {
    if (typeof arg === 'number') continue;
    const { data, columns, rows, fours } = arg;
    layout += ` ${columns}×${rows}${fours ? 'f' : ''}`;
    if (!(data instanceof Float32Array)) layout += `@${data.size[0]!}×${data.size[1]!}`;
  }
  return layout;
}

function flatten(rows: readonly Float32Array[]): Float32Array {
  if (rows.length === 1) return rows[0]!;
  const width = rows[0]!.length;
  const flat = new Float32Array(rows.length * width);
  for (let y = 0; y < rows.length; y++) flat.set(rows[y]!, y * width);
  return flat;
}

function requireSize({ maxSide, mode }: Gpu, [x, y]: readonly [x: number, y: number]): void {
  // A single row, and what is packed, is laid out as a square.
  const side = y > 1 ? Math.max(x, y) : Math.ceil(Math.sqrt(x));
  if (side <= maxSide) return;
  throw new BezoarError('UNSUPPORTED', `gpu.js: ${y} rows of ${x} do not fit into a texture of ${mode}`, {
    advice: `Choose a model whose matrices have sides of at most ${maxSide}, or another backend.`,
    data: { x, y, maxSide },
  });
}
