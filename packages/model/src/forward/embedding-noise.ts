import type { Tensor } from '@bezoar/backend';
import type { CausalLM } from '../causal-lm.ts';
import type { TokenBatch } from '../token-batch.ts';

/** NEFTune (Jain et al. 2023): uniform noise in [−1, 1) · alpha/√(L·D) on the embeddings of a sequence of L tokens. */
export interface EmbeddingNoise {
  readonly alpha: number;
  /** u32: differs for every pass of a training. */
  readonly seed: number;
}

export interface AddEmbeddingNoiseArgs {
  readonly model: CausalLM;
  readonly batch: TokenBatch;
  /** f32 [T, D]: the embeddings, in place. */
  readonly x: Tensor;
  readonly noise: EmbeddingNoise;
}

/** L is each sequence's own length: padding, by which it would differ with the batch, there is none. */
export function addEmbeddingNoise({ model, batch, x, noise }: AddEmbeddingNoiseArgs): void {
  const { backend, config } = model;
  const scales = new Float32Array(batch.tokens);
  let start = 0;
  for (const length of batch.lengths) {
    scales.fill(noise.alpha / Math.sqrt(length * config.hiddenSize), start, start + length);
    start += length;
  }
  const tensor = backend.upload('f32', [batch.tokens], scales);
  backend.addNoise({ x, scales: tensor, out: x, noise: { seed: noise.seed, stream: 0 } });
  tensor.dispose();
}
