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

export interface PretrainOptions {
  readonly size: Pick<
    ModelConfig,
    'hiddenSize' | 'intermediateSize' | 'numLayers' | 'numHeads' | 'numKvHeads' | 'headDim'
  >;
  readonly steps: number;
  /** About so many tokens of prose in every step. */
  readonly tokensPerStep: number;
  /** Folder that the model is written into. */
  readonly out: string;
}

/**
 * Trains a tiny LLaMA on the little world's endless prose, its tokenizer before it, and writes both as a Hugging Face folder.
 * The same options give the same weights on the same kind of processor.
 */
export async function pretrainModel({ size, steps, tokensPerStep, out }: PretrainOptions): Promise<void> {
  const config = configOf(size);
  const tokenizer = await makeTokenizer(config.vocabSize, out);
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
    const micro = [takeExamples(texts, { tokenizer, tokens: tokensPerStep })];
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
    tokens += result.tokens;
    if (step % 50 === 0 || step === steps - 1) {
      const seconds = (performance.now() - started) / 1000;
      console.log(
        `step ${step} loss ${result.loss.toFixed(3)} accuracy ${result.accuracy.toFixed(3)} ${(tokens / seconds).toFixed(0)} tokens/s ${seconds.toFixed(0)} s`,
      );
    }
  }
  await saveModel({ model, sink: folderSink(out), dtype: 'bfloat16' });
  console.log(`saved to ${out}`);
  await backend.dispose();
}

function configOf(size: PretrainOptions['size']): ModelConfig {
  return {
    ...size,
    modelType: 'llama',
    vocabSize: 1024,
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
}

async function makeTokenizer(vocabSize: number, out: string): Promise<Tokenizer> {
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
    vocabSize,
    specialTokens: ['<unk>', '<s>', '</s>'],
  });
  const sink = folderSink(out);
  await sink.write('tokenizer.json', [new TextEncoder().encode(JSON.stringify(json))]);
  await sink.write('tokenizer_config.json', [
    new TextEncoder().encode(
      `${JSON.stringify({ add_bos_token: true, bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' }, undefined, 2)}\n`,
    ),
  ]);
  return loadTokenizer(openFolder(out));
}

function takeExamples(
  source: Generator<string>,
  wanted: { readonly tokenizer: Tokenizer; readonly tokens: number },
): EncodedExample[] {
  const { tokenizer } = wanted;
  const examples: EncodedExample[] = [];
  for (let total = 0; total < wanted.tokens; total += examples.at(-1)!.tokens.length) {
    examples.push(
      encodeExample([{ text: source.next().value as string, target: true }], { tokenizer, maxLength: 256 }),
    );
  }
  return examples;
}
