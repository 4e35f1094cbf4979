import { BezoarError } from '@bezoar/core';
import type { GpuArgument, GpuKernel, GpuResult, GpuTexture } from '../gpujs/gpujs-module.ts';
import type { Gpu } from '../gpujs/open-gpu.ts';
import { whenDone } from '../memory/when-done.ts';

/** Values with the sizes that a kernel reads them with: `name[y][x]`, x below `columns`. */
export interface Matrix {
  readonly data: GpuTexture | Float32Array;
  readonly columns: number;
  readonly rows: number;
}

export interface KernelCall {
  /** Name and compile-time sizes: with the layout of the arguments they say which kernel it is. */
  readonly key: string;
  /** The body of the kernel's function. Called once per kernel. */
  readonly body: () => string;
  /** Threads: x first. */
  readonly output: readonly [x: number, y: number];
  /** In the order of the kernel's parameters. */
  readonly args: Readonly<Record<string, Matrix | number>>;
}

export interface KernelRunner {
  run(call: KernelCall): GpuTexture | Float32Array | Promise<GpuTexture | Float32Array>;
  /** Kernels compiled so far. */
  readonly compiled: number;
}

/**
 * Kernels, compiled once for every layout of their arguments. gpu.js writes sizes of textures into the shader as constants and
 * does not look at them again, so they are part of the key.
 */
export function createKernelRunner(gpu: Gpu): KernelRunner {
  const kernels = new Map<string, GpuKernel>();
  const { input } = gpu.module;

  function compile({ body, output, args }: KernelCall): GpuKernel {
    requireSize(gpu, output);
    return gpu.createKernel(`function (${Object.keys(args).join(', ')}) { ${body()} }`, output);
  }

  return {
    run(call) {
      const key = `${call.key} ${call.output.join('×')}${layoutOf(call.args)}`;
      const known = kernels.get(key);
      const kernel = known ?? compile(call);
      const values = Object.values(call.args).map((arg): GpuArgument => {
        if (typeof arg === 'number') return arg;
        const { data, columns, rows } = arg;
        return data instanceof Float32Array
          ? input(data, [columns, rows])
          : withSizes(data, [columns, rows, 1]);
      });
      return whenDone(kernel(...values), (result: GpuResult) => {
        if (!known) {
          gpu.requireMode(kernel);
          kernels.set(key, kernel);
        }
        return 'toArray' in result ? result : flatten(result);
      });
    },
    get compiled() {
      return kernels.size;
    },
  };
}

/** The same texture, read with other sizes: values lie row after row whatever the width. */
function withSizes(texture: GpuTexture, dimensions: readonly number[]): GpuTexture {
  return Object.create(Object.getPrototypeOf(texture) as object, {
    ...Object.getOwnPropertyDescriptors(texture),
    dimensions: { value: dimensions },
  }) as GpuTexture;
}

function layoutOf(args: KernelCall['args']): string {
  let layout = '';
  for (const arg of Object.values(args)) {
    if (typeof arg === 'number') continue;
    const { data, columns, rows } = arg;
    layout += ` ${columns}×${rows}`;
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
  // A single row is laid out as a square.
  const side = y > 1 ? Math.max(x, y) : Math.ceil(Math.sqrt(x));
  if (side <= maxSide) return;
  throw new BezoarError('UNSUPPORTED', `gpu.js: ${y} rows of ${x} do not fit into a texture of ${mode}`, {
    advice: `Choose a model whose matrices have sides of at most ${maxSide}, or another backend.`,
    data: { x, y, maxSide },
  });
}
