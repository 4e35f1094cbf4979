/**
 * Trains the playground's base model from nothing, on the quickstart's little world: small enough for a step in a fifth of a
 * second on WebGL in software. Run it with: pnpm exec node --conditions=@bezoar/source examples/playground/pretrain.ts
 * The weights in examples/playground/public/model came from this script with its defaults.
 */
import { parseArgs } from 'node:util';
import { pretrainModel } from '../../recipes/quickstart/pretrain-model.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '1800' },
    tokens: { type: 'string', default: '4096' },
    out: { type: 'string', default: new URL('public/model', import.meta.url).pathname },
  },
});

await pretrainModel({
  size: { hiddenSize: 128, intermediateSize: 320, numLayers: 2, numHeads: 4, numKvHeads: 4, headDim: 32 },
  steps: Number(flags.steps),
  tokensPerStep: Number(flags.tokens),
  out: flags.out,
});
