import type { Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import {
  createLoraAdapter,
  createWorkspace,
  initModel,
  parseModelConfig,
  withAdapter,
  type CausalLM,
} from '@bezoar/model';
import { adapterTrainable, createAdamW, defaultAdamW, stepGradients } from '@bezoar/qlora';

const tokens = 64;
const words = 512;

export interface StepFigures {
  /** The first step, in which kernels are compiled, and the median of the others. */
  readonly firstMilliseconds: number;
  readonly milliseconds: number;
}

/** A whole training step (forward, loss, backward, AdamW) of a model of two layers, hidden 64, LoRA r 8 on all linear layers, over 64 tokens. */
export async function timeTinyStep(backend: Backend, steps = 9): Promise<StepFigures> {
  const model = tinyModel(backend);
  const trainable = adapterTrainable(model);
  const workspace = createWorkspace(backend);
  const optimizer = createAdamW({ backend, trainable, config: defaultAdamW });
  const rng = createRng(3);
  const ids = Array.from({ length: tokens }, () => rng.int(words));
  const micro = [[{ tokens: ids, labels: ids, targetCount: tokens - 1 }]];
  const taken: number[] = [];
  for (let step = 0; step < steps; step++) {
    const started = performance.now();
    const config = { gradientCheckpointing: false, seed: 0 };
    await stepGradients({ model, trainable, workspace, config, step, micro });
    await optimizer.update(1e-3);
    await backend.synchronize();
    taken.push(performance.now() - started);
  }
  const [firstMilliseconds = 0, ...rest] = taken;
  rest.sort((a, b) => a - b);
  return { firstMilliseconds, milliseconds: rest[Math.floor(rest.length / 2)]! };
}

function tinyModel(backend: Backend): CausalLM {
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: words,
    hidden_size: 64,
    intermediate_size: 160,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    max_position_embeddings: tokens,
  });
  const base = initModel({ config, backend, rng: createRng(1), std: 0.3 });
  const targetModules = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
  const adapter = createLoraAdapter({
    model: base,
    config: { r: 8, loraAlpha: 16, loraDropout: 0, targetModules, useRslora: false },
    rng: createRng(2),
  });
  return withAdapter(base, adapter);
}
