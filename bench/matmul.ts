/**
 * Matrix products of the CPU backend against the machine's limit and against OpenBLAS: GFLOP/s of `linear` (forward) and
 * `linearBackwardInput` (dX) with NF4, bf16 and f32 weights, in both precisions, for every tier that runs here. Beside each
 * the peak of its register tile on L1 data, measured in the same process. Median and best of the rounds; the share is the
 * median's. The default shape is OpenLLaMA-3B's MLP for 1024 tokens.
 *
 *   pnpm bench matmul [--tier native|wasm] [--threads N] [--rounds N] [--shapes 1024x3200x8640,512x512x512]
 */
import { parseArgs } from 'node:util';
import type { Backend, Weight } from '@bezoar/backend';
import { createCpuBackend, describeCpuTiers, measurePeak, type CpuBackendOptions } from '@bezoar/backend-cpu';
import { loadOpenBlas, type OpenBlas } from './shared/open-blas.ts';
import { repeatedNoise } from './shared/repeated-noise.ts';
import { timeRounds, type Rate } from './shared/time-rounds.ts';

interface Shape {
  readonly tokens: number;
  readonly inputs: number;
  readonly outputs: number;
}

export async function run(args: readonly string[]): Promise<object> {
  const tiers = await describeCpuTiers();
  const { values } = parseArgs({
    args: [...args],
    options: {
      tier: { type: 'string' },
      threads: { type: 'string', default: String(tiers.threads) },
      rounds: { type: 'string', default: '7' },
      shapes: { type: 'string', default: '1024x3200x8640' },
    },
  });
  const [threads, rounds] = [Number(values.threads), Number(values.rounds)];
  const shapes = values.shapes.split(',').map((text): Shape => {
    const [tokens = 0, inputs = 0, outputs = 0] = text.split('x').map(Number);
    return { tokens, inputs, outputs };
  });
  const settings: CpuBackendOptions[] = [
    ...tiers.native.isas.map((isa) => ({ tier: 'native', isa, threads }) as const),
    ...(tiers.native.isas.includes('avx512bf16')
      ? [{ tier: 'native', isa: 'avx512bf16', precision: 'bf16', threads } as const]
      : []),
    { tier: 'wasm', threads },
  ];
  const results: object[] = [];
  for (const setting of settings.filter(({ tier }) => tier === (values.tier ?? tier))) {
    const peak = await measurePeak(setting);
    const backend = await createCpuBackend(setting);
    for (const shape of shapes) results.push(...measureBackend(backend, { shape, rounds, peak }));
    await backend.dispose();
  }
  const f32Peak = await measurePeak({ threads });
  return {
    unit: 'GFLOP/s',
    threads,
    rounds,
    results,
    peers: [
      ...measureOpenBlas(await loadOpenBlas(threads), { shapes, rounds, peak: f32Peak }),
      { peer: 'PyTorch', command: 'python bench/peers/pytorch.py' },
    ],
  };
}

interface Setting {
  readonly shape: Shape;
  readonly rounds: number;
  readonly peak: number;
}

function measureBackend(backend: Backend, { shape, rounds, peak }: Setting): object[] {
  const { tokens, inputs, outputs } = shape;
  const x = backend.upload('f32', [tokens, inputs], repeatedNoise(tokens * inputs));
  const out = backend.alloc('f32', [tokens, outputs]);
  const dX = backend.alloc('f32', [tokens, inputs]);
  const dense = backend.upload('f32', [outputs, inputs], repeatedNoise(outputs * inputs));
  const half = backend.alloc('bf16', [outputs, inputs]);
  backend.copy({ src: dense, dst: half });
  const weights: Record<string, Weight> = {
    nf4: backend.nf4Quantize({ weight: dense, doubleQuant: true }),
    bf16: half,
    f32: dense,
  };
  const results = Object.entries(weights).map(([format, weight]) =>
    report(
      { backend: backend.capabilities.description, weights: format },
      {
        shape,
        peak,
        forward: timeRounds(rounds, () => backend.linear({ x, weight, out })),
        backward: timeRounds(rounds, () => backend.linearBackwardInput({ dOut: out, weight, dX })),
      },
    ),
  );
  for (const owned of [x, out, dX, ...Object.values(weights)]) owned.dispose();
  return results;
}

function measureOpenBlas(
  blas: OpenBlas | string,
  { shapes, rounds, peak }: Omit<Setting, 'shape'> & { readonly shapes: readonly Shape[] },
): object[] {
  if (typeof blas === 'string') return [{ peer: 'OpenBLAS', absent: blas }];
  return shapes.map((shape) => {
    const { tokens, inputs, outputs } = shape;
    const x = repeatedNoise(tokens * inputs);
    const weight = repeatedNoise(outputs * inputs);
    const out = new Float32Array(tokens * outputs);
    const [m, n, k] = [tokens, outputs, inputs];
    return report(
      { peer: 'OpenBLAS', ...blas.about, weights: 'f32' },
      {
        shape,
        peak,
        forward: timeRounds(rounds, () =>
          blas.sgemm({ m, n, k, a: x, b: weight, bTransposed: true, c: out }),
        ),
        backward: timeRounds(rounds, () =>
          blas.sgemm({ m, n: k, k: n, a: out, b: weight, bTransposed: false, c: x }),
        ),
      },
    );
  });
}

interface Times {
  readonly shape: Shape;
  readonly peak: number;
  readonly forward: Rate;
  readonly backward: Rate;
}

function report(
  head: object,
  { shape: { tokens, inputs, outputs }, peak, forward, backward }: Times,
): object {
  const gflop = (2 * tokens * inputs * outputs) / 1e9;
  const rate = ({ median, best }: Rate): object => ({
    median: Math.round(gflop / median),
    best: Math.round(gflop / best),
    shareOfPeak: Number((gflop / median / peak).toFixed(3)),
  });
  const result = {
    ...head,
    shape: `${tokens}x${inputs}x${outputs}`,
    forward: rate(forward),
    backward: rate(backward),
    peak: Math.round(peak),
  };
  console.error(JSON.stringify(result));
  return result;
}
