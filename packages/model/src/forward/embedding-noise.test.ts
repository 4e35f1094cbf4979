import { createCpuBackend } from '@bezoar/backend-cpu';
import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { describe, expect, it } from 'vitest';
import { randomTokens, tinyModel } from '../__fixtures__/tiny-model.ts';
import { createTokenBatch } from '../token-batch.ts';
import { createWorkspace } from '../workspace.ts';
import type { EmbeddingNoise } from './embedding-noise.ts';
import { forward } from './forward.ts';

const lengths = [3, 40, 17];
const hidden = 16;

/** What a pass puts into the first layer. */
async function embedded(backend: Backend, noise?: EmbeddingNoise): Promise<Float32Array> {
  const model = tinyModel(backend);
  const sequences = lengths.map((length) => ({ tokens: randomTokens(length, length) }));
  const batch = createTokenBatch({ backend, sequences, vocabSize: 40, maxPositions: 64 });
  const pass = forward({ model, batch, workspace: createWorkspace(backend), keep: 'layer-inputs', noise });
  return (await backend.download(pass.layers[0]!.x)) as Float32Array;
}

describe('noise on the embeddings', () => {
  it('is uniform up to alpha/√(L·D) of each sequence’s own length', async () => {
    const backend = createReferenceBackend();
    const [plain, noisy] = [await embedded(backend), await embedded(backend, { alpha: 5, seed: 1 })];
    let start = 0;
    for (const length of lengths) {
      const bound = 5 / Math.sqrt(length * hidden);
      const size = length * hidden;
      const shares = Array.from({ length: size }, (_, i) => (noisy[start + i]! - plain[start + i]!) / bound);
      start += size;
      const mean = shares.reduce((sum, share) => sum + share, 0) / size;
      const square = shares.reduce((sum, share) => sum + share * share, 0) / size;
      expect(Math.max(...shares.map(Math.abs))).toBeLessThanOrEqual(1.001);
      expect(Math.max(...shares)).toBeGreaterThan(0.85);
      expect(Math.min(...shares)).toBeLessThan(-0.85);
      // Four standard errors of a uniform distribution on [−1, 1].
      expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(1 / 3 / size));
      expect(Math.abs(square - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / size));
    }
  });

  it('is drawn by the seed, the same on every backend', async () => {
    const reference = await embedded(createReferenceBackend(), { alpha: 5, seed: 1 });
    const cpu = await createCpuBackend();
    expect(await embedded(cpu, { alpha: 5, seed: 1 })).toEqual(reference);
    expect(await embedded(cpu, { alpha: 5, seed: 2 })).not.toEqual(reference);
    await cpu.dispose();
  });
});
