import { z } from 'zod';
import { publishSchema } from './publish-schema.ts';
import type { Recipe } from './recipe.ts';
import { count, name, optionalCount, text } from './schema-fields.ts';
import { stageSchema, trainingSchema } from './stage-schema.ts';

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
  training: trainingSchema.default({}),
  logs: z
    .strictObject({ tensorboard: z.boolean().default(true), wandb: z.boolean().default(false) })
    .prefault({}),
  stages: z
    .record(name, stageSchema)
    .refine((stages) => Object.keys(stages).length > 0, 'at least one stage is needed'),
  publish: publishSchema.optional(),
  expect: z
    .array(z.strictObject({ metric: text, better: text, than: text, by: z.number().default(0) }))
    .default([]),
});
