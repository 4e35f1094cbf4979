import { readJson } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { parsePriceTable, type PriceTable } from '@bezoar/llm';
import { basename, dirname, resolve } from 'node:path';
import { numberFlag } from './flags.ts';
import { loraSettings } from './lora-args.ts';

/** Flags of every command that computes. */
export const computeArgs = {
  weights: {
    type: 'string',
    description: 'f32, bf16, nf4 or nf4-dq',
    default: 'nf4-dq',
    valueHint: 'FORMAT',
  },
  backend: {
    type: 'string',
    description: 'cpu, cuda, gpujs or reference',
    default: 'cpu',
    valueHint: 'KIND',
  },
  threads: { type: 'string', description: 'threads that compute; all by default', valueHint: 'N' },
  precision: {
    type: 'string',
    description: 'f32 or bf16, of the operands of large products; f32 on the CPU, bf16 on GPUs by default',
    valueHint: 'FORMAT',
  },
  device: { type: 'string', description: 'number of the GPU, with --backend cuda', valueHint: 'N' },
  'decoded-weights': {
    type: 'string',
    description: 'of NF4, with --backend cuda: keep, again (before every product) or auto',
    valueHint: 'WHEN',
  },
  'gpujs-mode': {
    type: 'string',
    description: 'headlessgl, webasm or cpu, with --backend gpujs; the first that runs by default',
    valueHint: 'MODE',
  },
  gemm: {
    type: 'string',
    description: 'of --backend cuda: own, wgmma (Hopper), cublaslt, or auto: cuBLASLt where it is found',
    valueHint: 'KIND',
  },
  seed: { type: 'string', description: 'decides everything random', default: '0', valueHint: 'N' },
} as const;

/** Flags of the commands that train. */
export const trainingArgs = {
  epochs: { type: 'string', description: 'passes over the data', valueHint: 'N' },
  'max-steps': { type: 'string', description: 'ends after so many steps', valueHint: 'N' },
  'batch-size': { type: 'string', description: 'examples of a micro-batch', valueHint: 'N' },
  'gradient-accumulation': { type: 'string', description: 'micro-batches of a step', valueHint: 'N' },
  optimizer: { type: 'string', description: 'adamw, or adamw-8bit: less memory', valueHint: 'NAME' },
  'learning-rate': { type: 'string', description: 'the greatest learning rate', valueHint: 'X' },
  'gradient-checkpointing': { type: 'boolean', description: 'less memory, about a third more work' },
  schedule: { type: 'string', description: 'constant, linear, cosine or wsd', valueHint: 'NAME' },
  'warmup-steps': { type: 'string', description: 'steps of linear warm-up', valueHint: 'N' },
  'warmup-ratio': { type: 'string', description: 'share of the steps', valueHint: 'P' },
  'min-learning-rate-ratio': {
    type: 'string',
    description: 'share of the learning rate that falling schedules end at',
    valueHint: 'P',
  },
  'decay-ratio': { type: 'string', description: 'wsd: share of the steps that decay', valueHint: 'P' },
  'weight-decay': { type: 'string', description: 'of AdamW', valueHint: 'X' },
  'max-length': { type: 'string', description: 'tokens of an example', valueHint: 'N' },
  'eval-fraction': { type: 'string', description: 'share of the rows that is held out', valueHint: 'P' },
  'eval-every': { type: 'string', description: 'steps between two evaluations', valueHint: 'N' },
  'early-stopping-patience': {
    type: 'string',
    description: 'ends after so many evaluations without a better one',
    valueHint: 'N',
  },
  'early-stopping-threshold': {
    type: 'string',
    description: 'by how much better counts',
    valueHint: 'X',
  },
  'metric-for-best-model': {
    type: 'string',
    description: 'what evaluations are compared by; eval_loss by default',
    valueHint: 'NAME',
  },
  'load-best-model-at-end': { type: 'boolean', description: 'keep the weights of the best evaluation' },
  'checkpoint-every': { type: 'string', description: 'steps between two saved states', valueHint: 'N' },
  limit: { type: 'string', description: 'takes the first rows only', valueHint: 'N' },
  'ignore-memory': {
    type: 'boolean',
    description: 'train on a GPU that has less memory free than is planned',
  },
  tensorboard: {
    type: 'boolean',
    description: 'event files for TensorBoard in OUT/tensorboard',
    default: true,
    negativeDescription: 'no event files for TensorBoard',
  },
  wandb: { type: 'boolean', description: 'history and summary for Weights & Biases in OUT/wandb' },
} as const;

/** The flag of commands that can train in several processes; `launchProcesses` reads it. */
export const groupArgs = {
  processes: {
    type: 'string',
    description:
      'trains in so many processes on this machine, each on a GPU of its own or a share of the cores',
    valueHint: 'N',
  },
} as const;

/** Flags of SFT alone. */
export const sftArgs = {
  packing: { type: 'boolean', description: 'fill packs with whole examples, which do not see each other' },
  'pack-length': {
    type: 'string',
    description: 'tokens of a pack; those of the longest example by default',
    valueHint: 'N',
  },
  'neftune-noise-alpha': {
    type: 'string',
    description: 'noise on the embeddings while training; 5 is usual',
    valueHint: 'X',
  },
} as const;

/** Flags of the commands that ask chat models. */
export const chatArgs = {
  'base-url': { type: 'string', description: 'any server that speaks the protocol', valueHint: 'URL' },
  'api-key-env': { type: 'string', description: 'variable that holds the key', valueHint: 'NAME' },
  'requests-per-minute': {
    type: 'string',
    description: 'limit of the provider; learnt from its headers otherwise',
    valueHint: 'N',
  },
  'input-tokens-per-minute': { type: 'string', description: 'the same for prompts', valueHint: 'N' },
  'output-tokens-per-minute': { type: 'string', description: 'the same for answers', valueHint: 'N' },
  'tokens-per-minute': { type: 'string', description: 'the same for both together', valueHint: 'N' },
  batch: { type: 'boolean', description: 'calls in batches: half the price, up to a day' },
  queue: {
    type: 'string',
    description: 'calls are made by workers that serve this Redis',
    valueHint: 'redis://HOST:PORT',
  },
  prices: {
    type: 'string',
    description: 'JSON: {"model": {"input": 0.15, "output": 0.6}}, US dollars for a million tokens',
    valueHint: 'FILE',
  },
  budget: { type: 'string', description: 'US dollars that may be spent in this folder', valueHint: 'X' },
  concurrency: { type: 'string', description: 'calls in flight at the same time', valueHint: 'N' },
} as const;

/** Flags of the commands that make rows. */
export const datasetArgs = {
  parquet: { type: 'boolean', description: 'also a Parquet file, as the Hub expects it' },
  license: {
    type: 'string',
    description: 'of the rows, for the data set card: apache-2.0, …',
    valueHint: 'ID',
  },
} as const;

type Values = Readonly<Record<string, unknown>>;

function text(args: Values, name: string): string | undefined {
  const value = args[name];
  return typeof value === 'string' ? value : undefined;
}

/** True where the flag was given; else the default holds. */
function flag(args: Values, name: string): true | undefined {
  return args[name] === true ? true : undefined;
}

function number(args: Values, name: string): number | undefined {
  return numberFlag(name, text(args, name));
}

/** The recipe's part of `computeArgs`. */
export function computeSettings(args: Values): Record<string, unknown> {
  return {
    weights: text(args, 'weights'),
    seed: number(args, 'seed'),
    backend: {
      kind: text(args, 'backend'),
      threads: number(args, 'threads'),
      device: number(args, 'device'),
      mode: text(args, 'gpujs-mode'),
      precision: text(args, 'precision'),
      ignoreMemory: flag(args, 'ignore-memory'),
      decodedWeights: text(args, 'decoded-weights'),
      gemm: text(args, 'gemm'),
    },
  };
}

/** The recipe's `lora`, `training` and `logs`, from `loraArgs`, `trainingArgs` and `sftArgs`. */
export function trainingSettingsOf(args: Values): Record<string, unknown> {
  return {
    lora: loraSettings(args),
    logs: { tensorboard: args['tensorboard'], wandb: args['wandb'] },
    training: {
      epochs: number(args, 'epochs'),
      maxSteps: number(args, 'max-steps'),
      batchSize: number(args, 'batch-size'),
      gradientAccumulation: number(args, 'gradient-accumulation'),
      learningRate: number(args, 'learning-rate'),
      gradientCheckpointing: flag(args, 'gradient-checkpointing'),
      packing: flag(args, 'packing'),
      packLength: number(args, 'pack-length'),
      neftuneNoiseAlpha: number(args, 'neftune-noise-alpha'),
      optimizer: text(args, 'optimizer'),
      schedule: text(args, 'schedule'),
      warmupSteps: number(args, 'warmup-steps'),
      warmupRatio: number(args, 'warmup-ratio'),
      minLearningRateRatio: number(args, 'min-learning-rate-ratio'),
      decayRatio: number(args, 'decay-ratio'),
      weightDecay: number(args, 'weight-decay'),
      maxLength: number(args, 'max-length'),
      evalFraction: number(args, 'eval-fraction'),
      evalEvery: number(args, 'eval-every'),
      earlyStoppingPatience: number(args, 'early-stopping-patience'),
      earlyStoppingThreshold: number(args, 'early-stopping-threshold'),
      metricForBestModel: text(args, 'metric-for-best-model'),
      loadBestModelAtEnd: flag(args, 'load-best-model-at-end'),
      checkpointEvery: number(args, 'checkpoint-every'),
      limit: number(args, 'limit'),
    },
  };
}

export interface CallSettings {
  readonly budget: number | undefined;
  readonly queue: string | undefined;
  readonly prices: PriceTable | undefined;
}

/** The recipe's budget, prices and queue, from `chatArgs`. */
export async function callSettings(args: Values): Promise<CallSettings> {
  const file = text(args, 'prices');
  return {
    budget: number(args, 'budget'),
    queue: text(args, 'queue'),
    prices: file === undefined ? undefined : await readPrices(resolve(file)),
  };
}

async function readPrices(path: string): Promise<PriceTable> {
  return parsePriceTable(await readJson(openFolder(dirname(path)), basename(path)), path);
}

/** The recipe's `dataset`, from `datasetArgs`. */
export function datasetSettings(args: Values): Record<string, unknown> {
  return { license: text(args, 'license'), parquet: args['parquet'] === true ? true : undefined };
}

/** A chat model of the recipe, from `chatArgs`. */
export function chatModelSettings(model: string, args: Values): Record<string, unknown> {
  return {
    model,
    baseURL: text(args, 'base-url'),
    apiKeyEnv: text(args, 'api-key-env'),
    requestsPerMinute: number(args, 'requests-per-minute'),
    inputTokensPerMinute: number(args, 'input-tokens-per-minute'),
    outputTokensPerMinute: number(args, 'output-tokens-per-minute'),
    tokensPerMinute: number(args, 'tokens-per-minute'),
    batch: flag(args, 'batch'),
  };
}
