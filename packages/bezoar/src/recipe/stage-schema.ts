import { z } from 'zod';
import type { Stage, TrainingSettings } from './recipe.ts';
import { count, name, optionalCount, text } from './schema-fields.ts';

const weight = z.number().min(0).optional();

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

/** Of the recipe, for all of its trainings. */
export const trainingSchema: z.ZodType<TrainingSettings> = z.strictObject(sftTraining);

const task = z.strictObject({
  kind: text,
  name: name.optional(),
  docs: text.optional(),
  fewshotDocs: text.optional(),
  numFewshot: z.number().int().min(0).optional(),
  maxNewTokens: optionalCount,
});

/** A stage by its kind. */
export const stageSchema: z.ZodType<Stage> = z.discriminatedUnion('kind', [
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
