import { createReferenceBackend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { writeJson } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import { initModel, parseModelConfig, saveModel, trainByteLevelBpe } from '@bezoar/model';

export interface TinyModelOptions {
  /** Makes it a chat model: two more special tokens, and this Jinja as its chat template. */
  readonly chatTemplate?: string;
}

/** A random one-layer LLaMA with a byte-level tokenizer, as a Hugging Face folder. */
export async function writeTinyModel(path: string, { chatTemplate }: TinyModelOptions = {}): Promise<void> {
  const sink = folderSink(path);
  const tokenizer = trainByteLevelBpe({
    texts: ['What color is the robin? The robin is brown. Below is an instruction. Write a response.'],
    vocabSize: 300,
    specialTokens: ['<s>', '</s>', ...(chatTemplate === undefined ? [] : ['<|im_start|>', '<|im_end|>'])],
  });
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: 300,
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 512,
    bos_token_id: 0,
    eos_token_id: 1,
  });
  const backend = createReferenceBackend();
  const model = initModel({ config, backend, rng: createRng('tiny'), std: 0.2 });
  await saveModel({ model, sink });
  await writeJson(sink, 'tokenizer.json', tokenizer);
  await writeJson(sink, 'tokenizer_config.json', { bos_token: '<s>', eos_token: '</s>', add_bos_token: true });
  if (chatTemplate !== undefined) await sink.write('chat_template.jinja', [new TextEncoder().encode(chatTemplate)]);
  await backend.dispose();
}
