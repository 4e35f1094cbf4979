import { gatherNumbers, shareOf, type ProcessGroup } from '@bezoar/backend';
import { BezoarError, createRng, type RunEvent } from '@bezoar/core';
import {
  backward,
  createTokenBatch,
  forward,
  headGradient,
  type CausalLM,
  type EmbeddingNoise,
  type LoraDropout,
  type Workspace,
} from '@bezoar/model';
import type { EncodedExample } from '../data/encode-example.ts';
import type { PackOptions } from '../data/pack-examples.ts';
import { planBatches } from './batch-plan.ts';
import type { BestModelConfig } from './best-model.ts';
import { evaluateLoss } from './evaluate-loss.ts';
import { largestPass } from './largest-pass.ts';
import type { ScheduleConfig } from './learning-rate.ts';
import { defaultAdamW, type AdamWConfig } from './optimizer.ts';
import { runTraining, type TrainingControls, type TrainResult } from './run-training.ts';
import { sumInOrder } from './sum-in-order.ts';
import { adapterTrainable, type Trainable } from './trainable.ts';
import { trainingPrint } from './training-print.ts';

export interface SftConfig extends ScheduleConfig, AdamWConfig, BestModelConfig {
  readonly epochs: number;
  /** Ends earlier, or goes over the data again; the schedule spans it. */
  readonly maxSteps?: number | undefined;
  /** Examples per micro-batch; with packing, packs. */
  readonly batchSize: number;
  readonly gradientAccumulation: number;
  readonly seed: number;
  /** Recompute activations in the backward pass: less memory, about a third more work. */
  readonly gradientCheckpointing: boolean;
  /** Fills packs of `packLength` tokens with whole examples, which do not see each other, so that every pass is as large as the next. */
  readonly packing: boolean;
  /** Tokens of a pack; those of the longest example by default. */
  readonly packLength?: number | undefined;
  /** NEFTune's alpha: noise on the embeddings of training passes (Jain et al. 2023 use 5, 10 and 15). None by default. */
  readonly neftuneNoiseAlpha?: number | undefined;
}

/** QLoRA's defaults (Dettmers et al. 2023): 2e-4 constant after 3 % of warm-up, effective batch 16. */
export const defaultSft: SftConfig = {
  ...defaultAdamW,
  schedule: 'constant',
  learningRate: 2e-4,
  warmupRatio: 0.03,
  epochs: 1,
  batchSize: 4,
  gradientAccumulation: 4,
  seed: 0,
  gradientCheckpointing: false,
  packing: false,
};

export interface TrainSftOptions extends TrainingControls {
  /** With its adapter; the base is frozen. */
  readonly model: CausalLM;
  /** What learns: the adapter by default, `fullTrainable(model)` for full fine-tuning. */
  readonly trainable?: Trainable;
  readonly examples: readonly EncodedExample[];
  readonly config?: Partial<SftConfig>;
  /** Loss on these is reported before the first step, every `every` steps and at the end. A pass has no more tokens than one of training. */
  readonly evaluation?: { readonly examples: readonly EncodedExample[]; readonly every?: number };
}

/**
 * Supervised fine-tuning. The loss of a step is the cross-entropy summed over all targets of all its micro-batches, divided
 * by the number of those targets: exact under accumulation and packing. Adapter dropout and noise draw from the seed and the step,
 * so a resumed training equals an uninterrupted one.
 *
 * Throws BezoarError EMPTY_DATASET, BAD_INPUT (an example without a target), BAD_CONFIG (a foreign checkpoint, a pack too small),
 * DIVERGED, INTERRUPTED (after saving).
 */
export async function* trainSft(options: TrainSftOptions): AsyncGenerator<RunEvent, TrainResult> {
  const { model, examples, evaluation, stage = 'sft', ...controls } = options;
  const { group } = controls;
  const config: SftConfig = { ...defaultSft, ...options.config };
  checkExamples(examples);
  const packing = config.packing ? packingOf(examples, config) : undefined;
  const plan = planBatches({ ...config, examples: examples.length, packing });
  if (packing !== undefined) yield packingNote({ ...packing, packs: plan.packsPerEpoch }, stage);
  const trainable = options.trainable ?? adapterTrainable(model);
  const maxBatchTokens =
    packing === undefined
      ? largestPass(
          examples.map(({ tokens }) => tokens.length),
          config.batchSize,
        )
      : config.batchSize * packing.capacity;
  return yield* runTraining({
    ...controls,
    stage,
    backend: model.backend,
    trainable,
    config,
    plan,
    fingerprint: trainingPrint({
      settings: { ...config, adapter: model.adapter?.config },
      examples,
      evaluation,
    }),
    async step(step, workspace) {
      const micro = plan.step(step).map((indices) => indices.map((index) => examples[index]!));
      const result = await stepGradients({ model, trainable, workspace, config, step, micro, group });
      return {
        loss: result.loss,
        tokens: result.tokens,
        metrics: {
          mean_token_accuracy: result.accuracy,
          num_targets: result.targets,
          ...(packing === undefined
            ? {}
            : { pack_fill: result.tokens / (plan.packs(step) * packing.capacity) }),
        },
      };
    },
    ...(evaluation === undefined || evaluation.examples.length === 0
      ? {}
      : {
          evaluation: {
            every: evaluation.every,
            async measure(workspace) {
              const { loss, accuracy } = await evaluateLoss({
                model,
                examples: evaluation.examples,
                maxBatchTokens,
                workspace,
                group,
              });
              return { eval_loss: loss, eval_mean_token_accuracy: accuracy };
            },
          },
        }),
  });
}

export interface StepOptions {
  readonly model: CausalLM;
  readonly trainable: Trainable;
  readonly workspace: Workspace;
  readonly config: Pick<SftConfig, 'gradientCheckpointing' | 'seed' | 'neftuneNoiseAlpha'>;
  /** 0-based; chooses the dropout masks and the noise. */
  readonly step: number;
  readonly micro: readonly (readonly EncodedExample[])[];
  /** Every process does its share of the micro-batches. */
  readonly group?: ProcessGroup | undefined;
}

export interface StepResult {
  readonly loss: number;
  readonly targets: number;
  readonly tokens: number;
  /** Share of targets that have the greatest logit. */
  readonly accuracy: number;
}

/**
 * Adds the gradient of one step's mean cross-entropy, over all micro-batches, to the trainable's gradients; in a group, the part of it
 * that this process's micro-batches make. Returns what the whole step came to.
 */
export async function stepGradients(options: StepOptions): Promise<StepResult> {
  const { model, trainable, workspace, config, step, micro, group } = options;
  const { backend } = model;
  const all = micro.flat();
  const targets = all.reduce((sum, example) => sum + example.targetCount, 0);
  const logProbs: number[] = [];
  const correct: number[] = [];
  for (const [index, sequences] of shareOf([...micro.entries()], group)) {
    const batch = createTokenBatch({
      backend,
      sequences,
      vocabSize: model.config.vocabSize,
      maxPositions: model.config.maxPositionEmbeddings,
    });
    const pass = forward({
      model,
      batch,
      workspace,
      keep: config.gradientCheckpointing ? 'layer-inputs' : 'everything',
      dropout: adapterDropout(model, { seed: config.seed, step, index }),
      noise: embeddingNoise(config, { seed: config.seed, step, index }),
    });
    const output = {
      logProbs: workspace.take('f32', [batch.tokens]),
      correct: workspace.take('i32', [batch.tokens]),
    };
    const dHidden = workspace.take('f32', pass.hidden.shape);
    backend.linearCrossEntropy({
      hidden: pass.hidden,
      weight: model.lmHead,
      targets: batch.targets,
      ...output,
      gradient: { dLogProbs: -1 / targets, dHidden, ...headGradient(model, trainable.gradients) },
    });
    backward({ pass, batch, dHidden, gradients: trainable.gradients });
    for (const value of await backend.download(output.logProbs)) logProbs.push(value);
    for (const hit of await backend.download(output.correct)) correct.push(hit);
    workspace.release(output.logProbs, output.correct, dHidden);
    workspace.endPass();
    batch.dispose();
  }
  return {
    loss: -sumInOrder(await gatherNumbers(logProbs, group)) / targets,
    targets,
    tokens: sumInOrder(all.map(({ tokens }) => tokens.length)),
    accuracy: sumInOrder(await gatherNumbers(correct, group)) / targets,
  };
}

/** A micro-batch's place in a training. */
interface Place {
  readonly seed: number;
  readonly step: number;
  readonly index: number;
}

function adapterDropout({ adapter }: CausalLM, place: Place): LoraDropout | undefined {
  const probability = adapter?.config.loraDropout ?? 0;
  return probability === 0 ? undefined : { probability, seed: seedAt('dropout', place) };
}

function embeddingNoise(
  { neftuneNoiseAlpha: alpha = 0 }: StepOptions['config'],
  place: Place,
): EmbeddingNoise | undefined {
  return alpha === 0 ? undefined : { alpha, seed: seedAt('noise', place) };
}

/** A seed of its own for everything random in every micro-batch. */
function seedAt(what: string, { seed, step, index }: Place): number {
  return createRng(`${what} ${seed} ${step} ${index}`).state()[0];
}

function packingOf(
  examples: readonly EncodedExample[],
  { packLength }: Pick<SftConfig, 'packLength'>,
): Pick<PackOptions, 'lengths' | 'capacity'> {
  const lengths = examples.map(({ tokens }) => tokens.length);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const capacity = packLength ?? longest;
  if (capacity < longest) {
    throw new BezoarError(
      'BAD_CONFIG',
      `An example of ${longest} tokens does not fit into packs of ${capacity} tokens.`,
      { advice: 'Raise packLength, or cut the examples by maxLength.' },
    );
  }
  return { lengths, capacity };
}

function packingNote(
  { lengths, capacity, packs }: Pick<PackOptions, 'lengths' | 'capacity'> & { readonly packs: number },
  stage: string,
): RunEvent {
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const share = Math.round((100 * tokens) / (capacity * packs));
  const message = `${lengths.length} examples in ${packs} packs of ${capacity} tokens, ${share} % full`;
  return { type: 'note', stage, message };
}

function checkExamples(examples: readonly EncodedExample[]): void {
  if (examples.length === 0) {
    throw new BezoarError('EMPTY_DATASET', 'There is no example to train on.', {
      advice: 'Check the filter: its funnel says why rows were dropped.',
    });
  }
  const empty = examples.findIndex(({ targetCount }) => targetCount === 0);
  if (empty >= 0) {
    throw new BezoarError('BAD_INPUT', `Example ${empty} has no target token.`, {
      advice: 'Its prompt may fill maxLength: raise it, or drop the row.',
    });
  }
}
