/**
 * On a GPU: matrix products at the sizes of OpenLLaMA-3B (bf16 weights), and a QLoRA training step of its layers (NF4 base with double
 * quantisation, LoRA r 16 on q, k, v, micro-batches of --sequences times --tokens, no checkpointing). One and two layers are timed in turn,
 * the best round of each counts; the difference is a layer, and 26 of them are the model. All of that with every way to multiply (own kernels,
 * wgmma on Hopper, cuBLASLt where it is found), with decoded weights kept and not; and how fast uploads are.
 * Options: --tokens 2048 --sequences 4 --rounds 5 --device 0; --library and --kernels for another driver; --tiny for a small model, to try
 * the program itself.
 */
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import type { Backend } from '@bezoar/backend';
import { createCudaBackend } from '@bezoar/backend-cuda';
import type { ModelConfig } from '@bezoar/model';
import { openLlama3b } from './shared/open-llama-3b.ts';
import { createQloraStepper, layerMatmulFlop } from './shared/qlora-step.ts';

const layersOfModel = 26;

export async function run(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tokens: { type: 'string', default: '2048' },
      sequences: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '5' },
      device: { type: 'string', default: '0' },
      library: { type: 'string' },
      kernels: { type: 'string' },
      tiny: { type: 'boolean', default: false },
    },
  });
  const { library, kernels, tiny } = values;
  const sizes = {
    tokens: Number(values.tokens),
    sequences: Number(values.sequences),
    rounds: Number(values.rounds),
  };
  const config = (layers: number): ModelConfig =>
    tiny
      ? {
          ...openLlama3b(layers),
          vocabSize: 64,
          hiddenSize: 32,
          intermediateSize: 64,
          numHeads: 2,
          numKvHeads: 2,
          headDim: 16,
        }
      : openLlama3b(layers);
  const common = {
    device: Number(values.device),
    ...(library === undefined ? {} : { library }),
    ...(kernels === undefined ? {} : { kernels: pathToFileURL(`${kernels}/`) }),
  };
  const ways: Record<string, Figures> = {};
  for (const gemm of ['own', 'wgmma', 'cublaslt'] as const) {
    for (const keepDecoded of [false, true]) {
      const options = { ...common, gemm, keepDecoded };
      const figures = await measure(options, { ...sizes, config });
      if (figures !== undefined) ways[`${gemm}${keepDecoded ? ', decoded weights kept' : ''}`] = figures;
    }
  }
  return { ...sizes, uploadGBPerSecond: await uploadRate(common), ways, fastest: fastestOf(ways) };
}

interface Figures extends Readonly<Record<string, unknown>> {
  readonly tokensPerSecond26Layers: number;
}

type BackendOptions = NonNullable<Parameters<typeof createCudaBackend>[0]>;

/** Undefined where this way is none of its own: no such library, no such instructions. */
async function measure(
  options: BackendOptions,
  sizes: Sizes & { readonly config: (layers: number) => ModelConfig },
): Promise<Figures | undefined> {
  const backend = await createCudaBackend(options).catch((error: unknown) => {
    if (options.gemm === 'cublaslt') return undefined;
    throw error;
  });
  if (backend === undefined) return undefined;
  try {
    const { description } = backend.capabilities;
    if (options.gemm === 'wgmma' && !description.endsWith('wgmma')) return undefined;
    const matmul = await matmulTeraflops(backend, { ...sizes, config: sizes.config(1) });
    return {
      backend: description,
      matmulTeraflopsPerSecond: matmul,
      ...(await stepFigures(backend, { ...sizes, matmul })),
      peakMemoryMiB: backend.memory().peak / 2 ** 20,
    };
  } finally {
    await backend.dispose();
  }
}

/** Bytes from the host to the GPU, through pinned memory. */
async function uploadRate(options: BackendOptions): Promise<number> {
  const backend = await createCudaBackend(options);
  const values = new Float32Array(2 ** 24);
  const tensor = backend.alloc('f32', [values.length]);
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    await backend.synchronize();
    const started = performance.now();
    backend.write(tensor, values);
    await backend.synchronize();
    best = Math.min(best, (performance.now() - started) / 1000);
  }
  await backend.dispose();
  return values.byteLength / best / 1e9;
}

function fastestOf(ways: Readonly<Record<string, Figures>>): string {
  const sorted = Object.entries(ways).sort(
    ([, a], [, b]) => b.tokensPerSecond26Layers - a.tokensPerSecond26Layers,
  );
  return sorted[0]?.[0] ?? 'none';
}

interface Sizes {
  readonly tokens: number;
  readonly sequences: number;
  readonly rounds: number;
}

/** The best rate of x·Wᵀ over all tokens of the micro-batch, W being the gate's; rounding x to bf16 is part of it. */
async function matmulTeraflops(
  backend: Backend,
  { tokens, sequences, rounds, config }: Sizes & { readonly config: ModelConfig },
): Promise<number> {
  const { hiddenSize: inputs, intermediateSize: outputs } = config;
  const rows = tokens * sequences;
  const x = backend.alloc('f32', [rows, inputs]);
  const weight = backend.alloc('bf16', [outputs, inputs]);
  const out = backend.alloc('f32', [rows, outputs]);
  const repeats = 10;
  let best = Infinity;
  for (let round = 0; round <= rounds; round++) {
    await backend.synchronize();
    const started = performance.now();
    for (let i = 0; i < repeats; i++) backend.linear({ x, weight, out });
    await backend.synchronize();
    if (round > 0) best = Math.min(best, (performance.now() - started) / 1000 / repeats);
  }
  for (const tensor of [x, weight, out]) tensor.dispose();
  return (2 * rows * inputs * outputs) / best / 1e12;
}

async function stepFigures(
  backend: Backend,
  {
    tokens,
    sequences,
    rounds,
    config,
    matmul,
  }: Sizes & { readonly config: (layers: number) => ModelConfig; readonly matmul: number },
): Promise<Figures> {
  const steppers = [1, 2].map((layers) =>
    createQloraStepper(backend, { config: config(layers), tokens, sequences }),
  );
  const best = [Infinity, Infinity] as [number, number];
  // Rounds alternate; the first allocates and loads kernels.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, stepper] of steppers.entries()) {
      const seconds = await stepper.step(round);
      if (round > 0) best[index as 0 | 1] = Math.min(best[index as 0 | 1], seconds);
    }
  }
  const [one, two] = best;
  const layer = two - one;
  const rows = tokens * sequences;
  const teraflops = (layerMatmulFlop(config(1)) * rows) / layer / 1e12;
  return {
    secondsOneLayer: one,
    secondsTwoLayers: two,
    tokensPerSecond26Layers: rows / (one + (layersOfModel - 1) * layer),
    layerTeraflopsPerSecond: teraflops,
    shareOfMatmulRate: teraflops / matmul,
  };
}
