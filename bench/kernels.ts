/**
 * Matrix products of the CPU backend against the machine's limit: GFLOP/s of `linear` (forward) and `linearBackwardInput`
 * (dX) with f32, bf16 and NF4 weights, in both precisions, for every tier that runs here; beside each the peak of the
 * register tile on L1 data, measured in the same process. Median and best of the rounds.
 *
 *   pnpm bench kernels [--tier native|wasm] [--threads N] [--rounds N]
 */
import { createCpuBackend, describeCpuTiers, measurePeak, type CpuBackendOptions } from '@bezoar/backend-cpu';
import type { Backend, Weight } from '@bezoar/backend';
import { createRng } from '@bezoar/core';

/** Tokens, inputs, outputs. The last is OpenLLaMA-3B's MLP. */
const shapes = [
  [512, 512, 512],
  [1024, 2048, 2048],
  [1024, 3200, 8640],
] as const;
const formats = ['f32', 'bf16', 'nf4'] as const;

type Option = '--tier' | '--threads' | '--rounds';

export async function run(args: readonly string[] = []): Promise<object> {
  const option = (name: Option): string | undefined =>
    args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
  const rounds = Number(option('--rounds') ?? 7);
  const tiers = await describeCpuTiers();
  const settings: CpuBackendOptions[] = [];
  const only = option('--threads');
  for (const threads of only === undefined ? new Set([1, tiers.threads]) : [Number(only)]) {
    for (const isa of tiers.native.isas) settings.push({ tier: 'native', isa, threads });
    if (tiers.native.isas.includes('avx512bf16'))
      settings.push({ tier: 'native', isa: 'avx512bf16', precision: 'bf16', threads });
    settings.push({ tier: 'wasm', threads });
  }
  const results = [];
  for (const setting of settings.filter(({ tier }) => tier === (option('--tier') ?? tier))) {
    const peak = await measurePeak(setting);
    const backend = await createCpuBackend(setting);
    const { description } = backend.capabilities;
    console.error(description);
    for (const shape of shapes) results.push(...measureShape(backend, { shape, rounds, peak, description }));
    await backend.dispose();
  }
  return { unit: 'GFLOP/s', rounds, results };
}

interface Setting {
  readonly shape: readonly [number, number, number];
  readonly rounds: number;
  readonly peak: number;
  readonly description: string;
}

function measureShape(backend: Backend, { shape, rounds, peak, description }: Setting): object[] {
  const [tokens, inputs, outputs] = shape;
  // A block of random values, repeated: products do not care, and drawing 27 million takes longer than multiplying them.
  const rng = createRng(1);
  const block = Float32Array.from({ length: 65_521 }, () => rng.next() - 0.5);
  const noise = (size: number): Float32Array<ArrayBuffer> => {
    const values = new Float32Array(size);
    for (let at = 0; at < size; at += block.length) values.set(block.subarray(0, size - at), at);
    return values;
  };
  const x = backend.upload('f32', [tokens, inputs], noise(tokens * inputs));
  const out = backend.alloc('f32', [tokens, outputs]);
  const dX = backend.alloc('f32', [tokens, inputs]);
  const dense = backend.upload('f32', [outputs, inputs], noise(outputs * inputs));
  const half = backend.alloc('bf16', [outputs, inputs]);
  backend.copy({ src: dense, dst: half });
  const weights: Record<(typeof formats)[number], Weight> = {
    f32: dense,
    bf16: half,
    nf4: backend.nf4Quantize({ weight: dense, doubleQuant: true }),
  };
  const gflop = (2 * tokens * inputs * outputs) / 1e9;
  const rate = (call: () => void): { median: number; best: number } => {
    call();
    const times = Array.from({ length: rounds }, () => {
      const start = performance.now();
      call();
      return (performance.now() - start) / 1000;
    }).sort((a, b) => a - b);
    return { median: Math.round(gflop / times[rounds >> 1]!), best: Math.round(gflop / times[0]!) };
  };
  const results = formats.map((weightFormat) => {
    const weight = weights[weightFormat];
    const forward = rate(() => backend.linear({ x, weight, out }));
    const backward = rate(() => backend.linearBackwardInput({ dOut: out, weight, dX }));
    console.error(
      `  ${shape.join('·')} ${weightFormat} fwd ${forward.median} (${forward.best}) dX ${backward.median} (${backward.best}) of ${Math.round(peak)}`,
    );
    return {
      backend: description,
      shape: shape.join('·'),
      weightFormat,
      forward,
      backward,
      peak: Math.round(peak),
    };
  });
  for (const owned of [x, out, dX, ...Object.values(weights)]) owned.dispose();
  return results;
}
