/**
 * One QLoRA training step at the layer sizes of OpenLLaMA-3B on the CPU backend: NF4 base with double quantisation,
 * LoRA r 16 on q, k, v. One and two layers are timed in turn, the best round
 * of each counts; the difference is a layer, and 26 of them are the model.
 * Beside it: the share of the machine's FMA peak that the layer's matmuls reach.
 * Options: --tokens 512 --rounds 6 --precision f32|bf16 (both by default)
 */
import { parseArgs } from 'node:util';
import { createCpuBackend, measurePeak } from '@bezoar/backend-cpu';
import { openLlama3b } from './shared/open-llama-3b.ts';
import { createQloraStepper, layerMatmulFlop } from './shared/qlora-step.ts';

const layersOfModel = 26;

export async function run(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tokens: { type: 'string', default: '512' },
      rounds: { type: 'string', default: '6' },
      precision: { type: 'string', default: 'f32,bf16' },
      tier: { type: 'string', default: 'auto' },
    },
  });
  const results: Record<string, object> = {};
  for (const precision of values.precision.split(',') as ('f32' | 'bf16')[]) {
    results[precision] = await measure({
      precision,
      tier: values.tier as 'auto',
      tokens: Number(values.tokens),
      rounds: Number(values.rounds),
    });
  }
  return results;
}

interface Options {
  readonly precision: 'f32' | 'bf16';
  readonly tier: 'auto' | 'native' | 'wasm';
  readonly tokens: number;
  readonly rounds: number;
}

async function measure({ precision, tier, tokens, rounds }: Options): Promise<object> {
  const backend = await createCpuBackend({ precision, tier });
  const steppers = [1, 2].map((layers) =>
    createQloraStepper(backend, { config: openLlama3b(layers), tokens }),
  );
  const best = [Infinity, Infinity] as [number, number];
  // Rounds alternate, so that a busy moment of the machine does not fall on one of the two only. The first allocates.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, stepper] of steppers.entries()) {
      const seconds = await stepper.step(round);
      if (round > 0) best[index as 0 | 1] = Math.min(best[index as 0 | 1], seconds);
    }
  }
  const [one, two] = best;
  const layer = two - one;
  const whole = one + (layersOfModel - 1) * layer;
  const peak = await measurePeak({ precision, tier });
  const matmulFlop = layerMatmulFlop(openLlama3b(1)) * tokens;
  const gigaflops = matmulFlop / layer / 1e9;
  const memory = backend.memory();
  const description = backend.capabilities.description;
  await backend.dispose();
  return {
    backend: description,
    tokens,
    secondsOneLayer: one,
    secondsTwoLayers: two,
    tokensPerSecond26Layers: tokens / whole,
    matmulGigaflopsPerSecond: gigaflops,
    peakGigaflopsPerSecond: peak,
    shareOfPeak: gigaflops / peak,
    peakMemoryMiB: memory.peak / 2 ** 20,
  };
}
