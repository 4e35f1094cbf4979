import { z } from 'zod';
import type { Recipe } from './recipe.ts';

const count = z.number().int().positive();
const text = z.string().min(1);
const optionalCount = count.optional();

const weight = z.number().min(0).optional();

/** Names become folder names. */
const name = z.string().regex(/^[\w.-]+$/, 'use letters, digits, dots, dashes and underscores');

const sampling = {
  temperature: z.number().min(0).optional(),
  maxTokens: optionalCount,
  concurrency: optionalCount,
};

const training = {
  maxLength: count.optional(),
  maxPromptLength: count.optional(),
  epochs: optionalCount,
  maxSteps: optionalCount,
  batchSize: optionalCount,
  gradientAccumulation: optionalCount,
  gradientCheckpointing: z.boolean().optional(),
  optimizer: z.enum(['adamw', 'adamw-8bit']).optional(),
  schedule: z.enum(['constant', 'linear', 'cosine', 'wsd']).optional(),
  learningRate: z.number().positive().optional(),
  warmupSteps: z.number().int().min(0).optional(),
  warmupRatio: z.number().min(0).max(1).optional(),
  minLearningRateRatio: z.number().min(0).max(1).optional(),
  decaySteps: optionalCount,
  decayRatio: z.number().min(0).max(1).optional(),
  decayShape: z.enum(['linear', 'cosine', '1-sqrt']).optional(),
  beta1: z.number().min(0).lt(1).optional(),
  beta2: z.number().min(0).lt(1).optional(),
  eps: z.number().positive().optional(),
  weightDecay: z.number().min(0).optional(),
  maxGradNorm: z.number().min(0).optional(),
  evalFraction: z.number().min(0).lt(1).optional(),
  evalEvery: optionalCount,
  metricForBestModel: text.optional(),
  greaterIsBetter: z.boolean().optional(),
  earlyStoppingPatience: optionalCount,
  earlyStoppingThreshold: z.number().min(0).optional(),
  loadBestModelAtEnd: z.boolean().optional(),
  checkpointEvery: optionalCount,
  limit: optionalCount,
};

const floatType = z.enum(['float32', 'bfloat16', 'float16']);

const sftTraining = {
  ...training,
  packing: z.boolean().optional(),
  packLength: optionalCount,
  neftuneNoiseAlpha: z.number().min(0).optional(),
};

const task = z.strictObject({
  kind: text,
  name: name.optional(),
  docs: text.optional(),
  fewshotDocs: text.optional(),
  numFewshot: z.number().int().min(0).optional(),
  maxNewTokens: optionalCount,
});

const stage = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('lamini'),
    model: text,
    seeds: text,
    count,
    topics: text.optional(),
    topicShare: z.number().min(0).max(1).optional(),
    examplesPerPrompt: optionalCount,
    instructionsPerPrompt: optionalCount,
    topicsPerPrompt: optionalCount,
    candidateBudget: optionalCount,
    duplicateThreshold: z.number().min(0).max(1).optional(),
    ...sampling,
  }),
  z.strictObject({
    kind: z.literal('orca'),
    model: text,
    rows: text,
    count: optionalCount,
    shares: z.strictObject({ cot: weight, niv2: weight, t0: weight, flan2021: weight }).optional(),
    requireAgreement: z.boolean().optional(),
    ...sampling,
  }),
  z.strictObject({
    kind: z.literal('evol'),
    model: text,
    judge: text.optional(),
    seeds: text,
    rounds: optionalCount,
    weights: z
      .strictObject({
        'add-constraints': weight,
        deepening: weight,
        concretizing: weight,
        'increase-reasoning': weight,
        'complicate-input': weight,
        breadth: weight,
      })
      .optional(),
    choice: z.enum(['row', 'pool']).optional(),
    equalityTries: optionalCount,
    limit: optionalCount,
    ...sampling,
  }),
  z.strictObject({
    kind: z.literal('clean'),
    rows: text,
    minWords: optionalCount,
    maxWords: optionalCount,
    languages: z.array(text).min(1).optional(),
    dedupe: z.enum(['exact', 'rouge-l', 'minhash']).optional(),
    threshold: z.number().gt(0).max(1).optional(),
    against: z.array(text).min(1).optional(),
  }),
  z.strictObject({
    kind: z.literal('filter'),
    rows: text,
    judges: z.array(text).min(1),
    rubric: z
      .strictObject({
        scale: z
          .tuple([z.number(), z.number()])
          .refine(([low, high]) => low < high, 'write [lowest, highest]'),
        criteria: z.array(text).min(1),
      })
      .partial()
      .optional(),
    threshold: z.number().optional(),
    decide: z.enum(['first', 'all', 'majority']).optional(),
    concurrency: optionalCount,
  }),
  z.strictObject({
    kind: z.literal('sft'),
    from: text,
    rows: text.optional(),
    preferences: text.optional(),
    method: z.enum(['lora', 'full']).optional(),
    dtype: floatType.optional(),
    ...sftTraining,
  }),
  z
    .strictObject({
      kind: z.literal('dpo'),
      from: text,
      preferences: text,
      loss: z
        .enum([
          'sigmoid',
          'sigmoid_norm',
          'cdpo',
          'robust',
          'hinge',
          'ipo',
          'apo_zero',
          'apo_down',
          'sppo_hard',
          'nca_pair',
          'simpo',
          'orpo',
          'kto',
        ])
        .optional(),
      beta: z.number().positive().optional(),
      labelSmoothing: z.number().min(0).lt(0.5).optional(),
      ipoReduction: z.enum(['mean', 'sum']).optional(),
      simpoGamma: z.number().min(0).optional(),
      rpoAlpha: weight,
      desirableWeight: weight,
      undesirableWeight: weight,
      reference: text.optional(),
      precomputeReference: z.boolean().optional(),
      referenceFile: text.optional(),
      ...training,
    })
    .refine(
      ({ loss, desirableWeight, undesirableWeight }) =>
        loss === 'kto' || (desirableWeight ?? undesirableWeight) === undefined,
      'desirableWeight and undesirableWeight are for loss: kto',
    )
    .refine(
      ({ loss, labelSmoothing, ipoReduction, simpoGamma, rpoAlpha }) =>
        loss !== 'kto' || (labelSmoothing ?? ipoReduction ?? simpoGamma ?? rpoAlpha) === undefined,
      'labelSmoothing, ipoReduction, simpoGamma and rpoAlpha are for losses on pairs, not for kto',
    )
    .refine(
      ({ loss, reference, precomputeReference, referenceFile }) =>
        (loss !== 'simpo' && loss !== 'orpo') ||
        (reference ?? precomputeReference ?? referenceFile) === undefined,
      'simpo and orpo compare with no reference',
    )
    .refine(
      ({ precomputeReference, referenceFile }) => precomputeReference === true || referenceFile === undefined,
      'referenceFile is for precomputeReference: true',
    ),
  z.strictObject({
    kind: z.literal('merge'),
    from: text,
    into: z.enum(['dequantised', 'original']).optional(),
    dtype: floatType.optional(),
    rows: text.optional(),
    limit: optionalCount,
    maxLength: optionalCount,
  }),
  z.strictObject({
    kind: z.literal('export'),
    from: text,
    format: z.enum(['gguf', 'safetensors']),
    type: z.enum(['f32', 'f16', 'bf16', 'q8_0', 'q4_0']).optional(),
    name: text.optional(),
    chatTemplate: text.optional(),
    maxShardBytes: optionalCount,
  }),
  z.strictObject({
    kind: z.literal('eval'),
    models: z.array(text).default([]),
    served: z.array(text).optional(),
    api: z.enum(['completions', 'chat']).optional(),
    concurrency: optionalCount,
    tasks: z.array(task).default([]),
    preferences: text.optional(),
    limit: optionalCount,
    profile: z.enum(['latest', 'lm-eval@0.4.0']).optional(),
    bos: z.enum(['tokenizer', 'always', 'never']).optional(),
  }),
  z.strictObject({
    kind: z.literal('mt-bench'),
    questions: text,
    models: z.array(text).min(1).optional(),
    served: z.array(text).min(1).optional(),
    answers: z.array(text).min(1).optional(),
    names: z.record(text, name).optional(),
    judge: text.optional(),
    judgments: text.optional(),
    settings: text.optional(),
    prompts: text.optional(),
    references: text.optional(),
    mode: z.enum(['single', 'pairwise-baseline', 'pairwise-all']).optional(),
    baseline: text.optional(),
    humanVotes: text.optional(),
    maxTokens: optionalCount,
    limit: optionalCount,
    concurrency: optionalCount,
  }),
]);

/** Names, or one expression over whole names. */
const selector = z.union([z.array(text).min(1), text]);

const price = z.strictObject({ input: z.number().min(0), output: z.number().min(0) });

const perMinute = z.number().positive().optional();

const chatModel = z.union([
  text.transform((model) => ({ model })),
  z.strictObject({
    model: text,
    baseURL: z.url().optional(),
    apiKeyEnv: text.optional(),
    requestsPerMinute: perMinute,
    tokensPerMinute: perMinute,
    inputTokensPerMinute: perMinute,
    outputTokensPerMinute: perMinute,
    price: price.optional(),
    batch: z.boolean().optional(),
  }),
]);

const template = z
  .strictObject({
    kind: z.enum(['openbezoar', 'alpaca', 'chat']).default('openbezoar'),
    system: z.string().optional(),
    chatTemplate: text.optional(),
    train: z.enum(['all', 'last']).optional(),
    date: z.iso.date('write 2026-01-31').optional(),
  })
  .refine(
    ({ kind, chatTemplate, train, date }) => kind === 'chat' || (chatTemplate ?? train ?? date) === undefined,
    'chatTemplate, train and date are for kind: chat',
  )
  .prefault({});

/** The recipe as YAML holds it, defaults filled in. Strict: nothing that is written is ignored. */
export const recipeSchema: z.ZodType<Recipe> = z.strictObject({
  name,
  seed: z.number().int().min(0).default(0),
  base: text.optional(),
  adapter: text.optional(),
  weights: z.enum(['f32', 'bf16', 'nf4', 'nf4-dq']).default('nf4-dq'),
  backend: z
    .strictObject({
      kind: z.enum(['cpu', 'cuda', 'gpujs', 'reference']).default('cpu'),
      threads: optionalCount,
      device: z.number().int().min(0).optional(),
      precision: z.enum(['f32', 'bf16']).optional(),
      mode: z.enum(['auto', 'headlessgl', 'webasm', 'cpu']).optional(),
      decodedWeights: z.enum(['auto', 'keep', 'again']).optional(),
      gemm: z.enum(['own', 'wgmma', 'auto', 'cublaslt']).optional(),
      ignoreMemory: z.boolean().optional(),
    })
    .refine(({ kind, threads }) => kind === 'cpu' || threads === undefined, 'threads are for kind: cpu')
    .refine(({ kind, device }) => kind === 'cuda' || device === undefined, 'device is for kind: cuda')
    .refine(({ kind, mode }) => kind === 'gpujs' || mode === undefined, 'mode is for kind: gpujs')
    .refine(
      ({ kind, ignoreMemory, decodedWeights, gemm }) =>
        kind === 'cuda' || (ignoreMemory ?? decodedWeights ?? gemm) === undefined,
      'ignoreMemory, decodedWeights and gemm are for kind: cuda',
    )
    .default({ kind: 'cpu' }),
  baseURL: z.url().optional(),
  models: z.record(name, chatModel).default({}),
  queue: z
    .string()
    .regex(/^rediss?:\/\//, 'write redis://host:6379')
    .optional(),
  budget: z.number().positive().optional(),
  prices: z.record(text, price).optional(),
  lora: z
    .strictObject({
      r: count.default(16),
      loraAlpha: z.number().positive().default(16),
      loraDropout: z.number().min(0).lt(1).default(0.05),
      targetModules: selector.default(['q_proj', 'k_proj', 'v_proj']),
      excludeModules: selector.optional(),
      layersToTransform: z.array(z.number().int().min(0)).min(1).optional(),
      layersPattern: z.array(text).min(1).optional(),
      rankPattern: z.record(text, count).optional(),
      alphaPattern: z.record(text, z.number().positive()).optional(),
      modulesToSave: z.array(text).min(1).optional(),
      useRslora: z.boolean().default(false),
      useDora: z.boolean().optional(),
    })
    .prefault({}),
  dataset: z
    .strictObject({
      license: text.optional(),
      languages: z.array(text).min(1).optional(),
      description: text.optional(),
      parquet: z.boolean().optional(),
      sources: z
        .array(z.strictObject({ name: text, license: text, url: z.url().optional(), hubId: text.optional() }))
        .optional(),
    })
    .default({}),
  template,
  training: z.strictObject(sftTraining).default({}),
  logs: z
    .strictObject({ tensorboard: z.boolean().default(true), wandb: z.boolean().default(false) })
    .prefault({}),
  stages: z
    .record(name, stage)
    .refine((stages) => Object.keys(stages).length > 0, 'at least one stage is needed'),
  expect: z
    .array(z.strictObject({ metric: text, better: text, than: text, by: z.number().default(0) }))
    .default([]),
});
