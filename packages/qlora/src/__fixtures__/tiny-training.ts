import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { createLoraAdapter, initModel, parseModelConfig, withAdapter, type CausalLM } from '@bezoar/model';
import type { EncodedExample } from '../data/encode-example.ts';

export interface TinySizes {
  readonly hidden?: number;
  readonly r?: number;
}

export function tinyTraining(
  backend: Backend = createReferenceBackend(),
  { hidden = 8, r = 2 }: TinySizes = {},
): { model: CausalLM; examples: EncodedExample[] } {
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: 20,
    hidden_size: hidden,
    intermediate_size: 1.5 * hidden,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 32,
  });
  const base = initModel({ config, backend, rng: createRng(1), std: 0.3 });
  const adapter = createLoraAdapter({
    model: base,
    config: { r, loraAlpha: 2 * r, loraDropout: 0.1, targetModules: ['q_proj', 'v_proj', 'down_proj'], useRslora: false },
    rng: createRng(2),
  });
  const rng = createRng(3);
  const examples = Array.from({ length: 6 }, () => {
    const tokens = Array.from({ length: 4 + rng.int(5) }, () => rng.int(20));
    return { tokens, labels: tokens.map((token, index) => (index < 2 ? -100 : token)), targetCount: tokens.length - 2 };
  });
  return { model: withAdapter(base, adapter), examples };
}
