import type { Backend } from '@bezoar/backend';

/** Long enough to tell one machine from another, short enough to wait for. */
const wantedSeconds = 0.2;

/** Sizes that a transformer's products have, the smallest first: slow backends are told by that. */
const sizes = [64, 256, 1024] as const;

/** The floating-point operations a second of a backend in one large product of matrices. */
export async function measureSpeed(backend: Backend, now = (): number => performance.now()): Promise<number> {
  let best = 0;
  for (const size of sizes) {
    const [x, weight, out] = [0, 1, 2].map(() => backend.alloc('f32', [size, size]));
    const run = async (): Promise<number> => {
      const started = now();
      backend.linear({ x: x!, weight: weight!, out: out! });
      await backend.synchronize();
      return (now() - started) / 1000;
    };
    // The first one also compiles and wakes threads.
    let spent = await run();
    const end = wantedSeconds / sizes.length;
    for (let round = 0; round === 0 || (spent < end && round < 50); round++) {
      const seconds = await run();
      spent += seconds;
      best = Math.max(best, (2 * size ** 3) / seconds);
    }
    for (const tensor of [x, weight, out]) tensor!.dispose();
    if (spent > wantedSeconds / 4 && size < 1024) break;
  }
  return best;
}
