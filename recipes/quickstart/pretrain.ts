/**
 * Trains the quickstart's base model from nothing: a tokenizer on the corpus, then a tiny LLaMA on endless prose.
 * Run it with: pnpm exec node --conditions=@bezoar/source recipes/quickstart/pretrain.ts [--steps N] [--out DIR]
 * The weights in recipes/quickstart/model came from this script with its defaults.
 */
import { parseArgs } from 'node:util';
import { pretrainModel } from './pretrain-model.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '900' },
    tokens: { type: 'string', default: '4096' },
    out: { type: 'string', default: new URL('model', import.meta.url).pathname },
  },
});

await pretrainModel({
  size: { hiddenSize: 192, intermediateSize: 512, numLayers: 5, numHeads: 6, numKvHeads: 6, headDim: 32 },
  steps: Number(flags.steps),
  tokensPerStep: Number(flags.tokens),
  out: flags.out,
});
