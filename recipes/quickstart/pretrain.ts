/**
 * Trains the quickstart's base model from nothing: a tokenizer on the corpus, then a tiny LLaMA on endless prose.
 * Run it with: pnpm exec node --conditions=@bezoar/source recipes/quickstart/pretrain.ts [--steps N] [--out DIR]
 * The weights in recipes/quickstart/model came from this script with its defaults.
 */
import { parseArgs } from 'node:util';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { createRng, type Rng } from '@bezoar/core';
import { folderSink, openFolder } from '@bezoar/formats/node';
import {
  createWorkspace,
  initModel,
  loadTokenizer,
  saveModel,
  trainByteLevelBpe,
  type ModelConfig,
  type Tokenizer,
} from '@bezoar/model';
import {
  createAdamW,
  encodeExample,
  fullTrainable,
  learningRateAt,
  renderPrompt,
  stepGradients,
  type EncodedExample,
} from '@bezoar/qlora';
import { corpus } from './corpus.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '900' },
    tokens: { type: 'string', default: '4096' },
    out: { type: 'string', default: new URL('model', import.meta.url).pathname },
  },
});
const steps = Number(flags.steps);
const tokensPerStep = Number(flags.tokens);

const config: ModelConfig = {
  modelType: 'llama',
  vocabSize: 1024,
  hiddenSize: 192,
  intermediateSize: 512,
  numLayers: 5,
  numHeads: 6,
  numKvHeads: 6,
  headDim: 32,
  rmsNormEps: 1e-6,
  maxPositionEmbeddings: 512,
  rope: { theta: 10000, scaling: { type: 'none' } },
  tieWordEmbeddings: true,
  qkvBias: false,
  outputBias: false,
  mlpBias: false,
  qkNorm: false,
  slidingWindow: undefined,
  bosTokenId: 1,
  eosTokenIds: [2],
};

const sink = folderSink(flags.out);
const tokenizer = await makeTokenizer();
const backend = await createCpuBackend();
console.log(`backend: ${backend.capabilities.description}`);
const model = initModel({ config, backend, rng: createRng('quickstart weights') });
const trainable = fullTrainable(model);
const optimizer = createAdamW({
  backend,
  trainable,
  config: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, maxGradNorm: 1 },
});
const workspace = createWorkspace(backend);
const texts = corpus(createRng('quickstart corpus'));

const started = performance.now();
let tokens = 0;
for (let step = 0; step < steps; step++) {
  const micro = [takeExamples(texts, tokenizer)];
  const result = await stepGradients({
    model,
    trainable,
    workspace,
    config: { gradientCheckpointing: false, seed: 0 },
    step,
    micro,
  });
  await optimizer.update(
    learningRateAt({ schedule: 'cosine', learningRate: 3e-3, warmupSteps: 100 }, step, steps),
  );
  workspace.trim();
  tokens += result.tokens;
  if (step % 50 === 0 || step === steps - 1) {
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `step ${step} loss ${result.loss.toFixed(3)} accuracy ${result.accuracy.toFixed(3)} ${(tokens / seconds).toFixed(0)} tokens/s ${seconds.toFixed(0)} s`,
    );
  }
}
await saveModel({ model, sink, dtype: 'bfloat16' });
console.log(`saved to ${flags.out}`);
await backend.dispose();

async function makeTokenizer(): Promise<Tokenizer> {
  const rng: Rng = createRng('quickstart tokenizer');
  const sample = corpus(rng);
  const trainingTexts = [
    ...Array.from({ length: 4000 }, () => sample.next().value as string),
    // The words of the template and of dialogues, so that they cost few tokens.
    ...Array.from({ length: 100 }, () =>
      renderPrompt({ instruction: 'Answer the question.', system: 'Answer in one short sentence.' }),
    ),
    ...Array.from({ length: 100 }, () => '\n\nHuman: How do I do it?\n\nAssistant: Happy to help!'),
  ];
  const json = trainByteLevelBpe({
    texts: trainingTexts,
    vocabSize: config.vocabSize,
    specialTokens: ['<unk>', '<s>', '</s>'],
  });
  await sink.write('tokenizer.json', [new TextEncoder().encode(JSON.stringify(json))]);
  await sink.write('tokenizer_config.json', [
    new TextEncoder().encode(
      `${JSON.stringify({ add_bos_token: true, bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' }, undefined, 2)}\n`,
    ),
  ]);
  return loadTokenizer(openFolder(flags.out));
}

function takeExamples(source: Generator<string>, tokenizer: Tokenizer): EncodedExample[] {
  const examples: EncodedExample[] = [];
  for (let total = 0; total < tokensPerStep; total += examples.at(-1)!.tokens.length) {
    examples.push(
      encodeExample([{ text: source.next().value as string, target: true }], { tokenizer, maxLength: 256 }),
    );
  }
  return examples;
}
