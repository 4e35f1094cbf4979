/**
 * Trains an adapter on a backend of one's own, of which a few ops are written, and says which one to write next. The model is a
 * small random one that reads letters.
 */
import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createRng, finishJob } from '@bezoar/core';
import { createLoraAdapter, IGNORED, initModel, parseModelConfig, withAdapter } from '@bezoar/model';
import { trainSft, type EncodedExample } from '@bezoar/qlora';
import { createOwnBackend, type OpUse } from './create-own-backend.ts';

const config = parseModelConfig({
  model_type: 'llama',
  vocab_size: 128,
  hidden_size: 48,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  max_position_embeddings: 64,
});
const lora = {
  ...{ r: 8, loraAlpha: 16, loraDropout: 0, useRslora: false },
  targetModules: ['q_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
};
const examples = [
  toExample('The robin wears a ', 'red scarf.'),
  toExample('The owl wears a ', 'green hat.'),
  toExample('The heron wears a ', 'yellow coat.'),
];

export interface Outcome {
  /** Of every step. */
  readonly losses: readonly number[];
  readonly uses: readonly OpUse[];
}

export async function main(): Promise<Outcome> {
  const backend = createOwnBackend({ lender: createReferenceBackend() });
  const losses = await trainOn(backend);
  const uses = backend.uses();
  await backend.dispose();
  return { losses, uses };
}

/** Asks for nothing but the contract, as all packages that compute do. Returns the loss of every step. */
export async function trainOn(backend: Backend): Promise<number[]> {
  const base = initModel({ config, backend, rng: createRng('base'), std: 0.1 });
  const model = withAdapter(
    base,
    createLoraAdapter({ model: base, config: lora, rng: createRng('adapter') }),
  );
  const losses: number[] = [];
  const training = { maxSteps: 25, batchSize: 3, gradientAccumulation: 1, learningRate: 2e-2 };
  await finishJob(trainSft({ model, examples, config: training }), (event) => {
    if (event.type === 'train-step') losses.push(event.loss);
  });
  return losses;
}

/** Every letter is a token; only those of the answer are learnt. */
function toExample(prompt: string, answer: string): EncodedExample {
  const tokens = Array.from(prompt + answer, (letter) => letter.charCodeAt(0));
  const labels = tokens.map((token, place) => (place < prompt.length ? IGNORED : token));
  return { tokens, labels, targetCount: answer.length };
}

if (import.meta.main) {
  const { losses, uses } = await main();
  console.log(`loss ${losses[0]!.toFixed(2)} → ${losses.at(-1)!.toFixed(2)}`);
  console.table(
    uses.map(({ own, ms, ...use }) => ({ ...use, written: own ? 'here' : 'borrowed', ms: Math.round(ms) })),
  );
  console.log(`Next: ${uses.find(({ own }) => !own)!.op}, the longest of those that are borrowed.`);
}
