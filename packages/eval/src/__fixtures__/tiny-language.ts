import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import {
  initModel,
  loadTokenizer,
  parseModelConfig,
  trainByteLevelBpe,
  type CausalLM,
  type Tokenizer,
} from '@bezoar/model';

export interface TinyLanguage {
  readonly backend: Backend;
  readonly model: CausalLM;
  readonly tokenizer: Tokenizer;
}

/** A random two-layer model with a byte-level BPE learnt from a few sentences; <s> is 1, </s> is 2. */
export async function tinyLanguage(overrides: Record<string, unknown> = {}): Promise<TinyLanguage> {
  const vocabSize = 300;
  const json = trainByteLevelBpe({
    texts: ['The robin is a bird.', 'The robin lives in the garden.', 'Is the robin in the garden? Yes.'],
    vocabSize,
    specialTokens: ['<unk>', '<s>', '</s>'],
  });
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  const tokenizer = await loadTokenizer(memoryFolder(new Map([['tokenizer.json', bytes]])));
  const backend = createReferenceBackend();
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: vocabSize,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 64,
    ...overrides,
  });
  return { backend, tokenizer, model: initModel({ config, backend, rng: createRng('eval'), std: 0.4 }) };
}
