import type { Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { createLoraAdapter, createWorkspace, withAdapter, type ModelConfig } from '@bezoar/model';
import { adapterTrainable, stepGradients } from '@bezoar/qlora';
import { randomModel } from './random-model.ts';

export interface QloraStepper {
  /** Seconds of one forward, loss and backward; the optimiser's step over the adapter's values is not in it. */
  step(round: number): Promise<number>;
}

export interface QloraStepSizes {
  readonly config: ModelConfig;
  /** Tokens of a sequence. */
  readonly tokens: number;
  /** Sequences of the micro-batch; 1 by default. */
  readonly sequences?: number;
}

/** A model with random weights in NF4, double quantisation, and LoRA r 16 on q, k, v. */
export function createQloraStepper(
  backend: Backend,
  { config, tokens, sequences = 1 }: QloraStepSizes,
): QloraStepper {
  const base = randomModel(backend, config);
  const adapter = createLoraAdapter({
    model: base,
    config: {
      r: 16,
      loraAlpha: 16,
      loraDropout: 0.05,
      targetModules: ['q_proj', 'k_proj', 'v_proj'],
      useRslora: false,
    },
    rng: createRng(1),
  });
  const model = withAdapter(base, adapter);
  const trainable = adapterTrainable(model);
  const workspace = createWorkspace(backend);
  const rng = createRng(2);
  const examples = Array.from({ length: sequences }, () => {
    const ids = Array.from({ length: tokens }, () => rng.int(base.config.vocabSize));
    return { tokens: ids, labels: ids, targetCount: tokens - 1 };
  });
  const settings = { gradientCheckpointing: false, seed: 0 };
  return {
    async step(round) {
      const started = performance.now();
      await stepGradients({
        model,
        trainable,
        workspace,
        config: settings,
        step: round,
        micro: [examples],
      });
      await backend.synchronize();
      return (performance.now() - started) / 1000;
    },
  };
}

/** Forward and input gradient of the seven matmuls: 4 FLOP per weight and token. */
export function layerMatmulFlop({ hiddenSize, intermediateSize }: ModelConfig): number {
  return 4 * (4 * hiddenSize ** 2 + 3 * hiddenSize * intermediateSize);
}
