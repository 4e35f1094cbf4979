import { bindOps, withArgumentChecks, type Backend, type BackendCapabilities } from '@bezoar/backend';
import { loadGpuJs } from './gpujs/gpujs-module.ts';
import type { GpuJsMode } from './gpujs/gpujs-mode.ts';
import { openGpu, type Gpu } from './gpujs/open-gpu.ts';
import { createKernelRunner } from './kernels/kernel-runner.ts';
import { createResidents } from './memory/resident.ts';
import { createTensorMemory } from './memory/tensor-memory.ts';
import { createWorkQueue } from './memory/work-queue.ts';
import { adamW8bit } from './ops/adamw-8bit.ts';
import { adamW } from './ops/adamw.ts';
import { attention, attentionBackward, cachedAttention } from './ops/attention.ts';
import { createOpContext } from './ops/create-op-context.ts';
import { doraBackward, doraForward, doraNorms } from './ops/dora.ts';
import { addNoise, dropout } from './ops/dropout.ts';
import { add, copy, fill } from './ops/elementwise.ts';
import { linearCrossEntropy } from './ops/linear-cross-entropy.ts';
import { linear, linearBackwardInput, linearBackwardWeight } from './ops/linear.ts';
import { loraBackward, loraForward } from './ops/lora.ts';
import { nf4Dequantize, nf4Quantize } from './ops/nf4.ts';
import { rmsNorm, rmsNormBackward } from './ops/rms-norm.ts';
import { rope } from './ops/rope.ts';
import { gatherRows, scatterAddRows, scatterRows } from './ops/rows.ts';
import { sumOfSquares } from './ops/sum-of-squares.ts';
import { swiglu, swigluBackward } from './ops/swiglu.ts';
import { topK } from './ops/top-k.ts';

export interface GpuJsBackendOptions {
  /**
   * How gpu.js runs kernels: `webgl2` and `webgl` in browsers, `headlessgl` in Node with the package gl and an X server, `webasm` and
   * `cpu` anywhere. `auto` (default) is the first of these that runs here; `capabilities.description` says which one it is.
   */
  readonly mode?: GpuJsMode | 'auto';
  /** Runs kernels under the asynchronous contract of gpu.js, its default from version 3 on; false by default. */
  readonly asyncMode?: boolean;
}

/**
 * The gpu.js backend: every op as kernels of gpu.js, intermediate results as textures. For browsers, and for
 * comparisons; `@bezoar/backend-cpu` is faster where there is no GPU.
 *
 * Throws BezoarError MISSING_DEPENDENCY without gpu.js, BACKEND_UNAVAILABLE when the mode cannot run here, or when gpu.js falls back
 * to another one on its own.
 */
export async function createGpuJsBackend(options: GpuJsBackendOptions = {}): Promise<Backend> {
  const { mode = 'auto', asyncMode = false } = options;
  return assemble(await openGpu(await loadGpuJs(), { mode, asyncMode }));
}

function assemble(gpu: Gpu): Backend {
  const runner = createKernelRunner(gpu);
  const queue = createWorkQueue();
  const residents = createResidents();
  const memory = createTensorMemory({ gpu, runner, residents, queue });
  const context = createOpContext({ gpu, memory, runner, residents, queue });
  const capabilities: BackendCapabilities = {
    description: `gpu.js ${gpu.mode}${gpu.asyncMode ? ', asynchronous' : ''}${gpu.renderer ? `, ${gpu.renderer}` : ''}`,
    weightFormats: new Set(['f32', 'bf16', 'nf4']),
    maxHeadDim: Number.MAX_SAFE_INTEGER,
    compilesForSizes: gpu.textures,
    missing: {},
  };
  const ops = bindOps(context, {
    gatherRows,
    scatterRows,
    scatterAddRows,
    rmsNorm,
    rmsNormBackward,
    linear,
    linearBackwardInput,
    linearBackwardWeight,
    dropout,
    addNoise,
    loraForward,
    loraBackward,
    doraNorms,
    doraForward,
    doraBackward,
    rope,
    attention,
    attentionBackward,
    cachedAttention,
    swiglu,
    swigluBackward,
    linearCrossEntropy,
    add,
    fill,
    copy,
    nf4Quantize: (own, args) => nf4Quantize(own, memory.methods, args),
    nf4Dequantize,
    sumOfSquares,
    adamW,
    adamW8bit,
    topK,
  });
  return { capabilities, ...memory.methods, ...withArgumentChecks(ops, capabilities) };
}
