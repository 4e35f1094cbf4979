import { openEngine } from './tiers/open-engine.ts';
import type { CpuBackendOptions } from './create-cpu-backend.ts';

/**
 * The most GFLOP/s that the matrix kernel's register tile reaches on these threads, with operands in L1: the limit to
 * hold benchmarks against. The best of several rounds.
 */
export async function measurePeak(options: CpuBackendOptions = {}): Promise<number> {
  const engine = await openEngine(options);
  try {
    const shape = new Int32Array(3);
    const shapeAt = engine.heap.take(shape.byteLength);
    if (shapeAt === undefined) return 0;
    const bf16 = Number(options.precision === 'bf16');
    let best = 0;
    for (let attempt = 0; attempt < 10; attempt++) {
      const start = performance.now();
      engine.run('bz_peak', [ROUNDS, bf16, shapeAt]);
      const seconds = (performance.now() - start) / 1000;
      engine.read(shapeAt, new Uint8Array(shape.buffer));
      const [rows = 0, columns = 0, depth = 0] = shape;
      best = Math.max(best, (2 * rows * columns * depth * ROUNDS * engine.threads) / seconds / 1e9);
    }
    return best;
  } finally {
    await engine.stop();
  }
}

const ROUNDS = 100_000;
