/**
 * One QLoRA training step at the layer sizes of OpenLLaMA-3B on the CPU backend: NF4 base with double quantisation,
 * LoRA r 16 on q, k, v. One and two layers are timed in turn, the best round
 * of each counts; the difference is a layer, and 26 of them are the model.
 * Beside it: the share of the machine's FMA peak that the layer's matmuls reach if they were all of it, and the share of the
 * time of the two layers that other ops take (every op is timed).
 * Options: --tokens 512 --rounds 6 --precision f32|bf16 (both by default)
 */
import { parseArgs } from 'node:util';
import type { Backend } from '@bezoar/backend';
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
  const { backend, spent } = timed(await createCpuBackend({ precision, tier }));
  const steppers = [1, 2].map((layers) =>
    createQloraStepper(backend, { config: openLlama3b(layers), tokens }),
  );
  const best = [Infinity, Infinity] as [number, number];
  let otherShare = 1;
  // Rounds alternate, so that a busy moment of the machine does not fall on one of the two only. The first allocates.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, stepper] of steppers.entries()) {
      spent.clear();
      const seconds = await stepper.step(round);
      if (round === 0) continue;
      best[index as 0 | 1] = Math.min(best[index as 0 | 1], seconds);
      // Of the two layers, without the head: as it is in a model of many.
      const ofLayers = seconds - (spent.get('linearCrossEntropy') ?? 0);
      const products = matmuls.reduce((sum, op) => sum + (spent.get(op) ?? 0), 0);
      if (index === 1) otherShare = Math.min(otherShare, 1 - products / ofLayers);
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
    shareOfTimeOutsideMatmul: otherShare,
    peakMemoryMiB: memory.peak / 2 ** 20,
  };
}

/** The products with weights; LoRA's and attention's count as other ops. */
const matmuls = ['linear', 'linearBackwardInput'];

/** The backend with every op timed: seconds by name. Ops of this backend are done when they return. */
function timed(backend: Backend): { readonly backend: Backend; readonly spent: Map<string, number> } {
  const spent = new Map<string, number>();
  const wrapped = new Proxy(backend, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const started = performance.now();
        const result: unknown = Reflect.apply(member, target, args);
        const seconds = (performance.now() - started) / 1000;
        spent.set(String(name), (spent.get(String(name)) ?? 0) + seconds);
        return result;
      };
    },
  });
  return { backend: wrapped, spent };
}
