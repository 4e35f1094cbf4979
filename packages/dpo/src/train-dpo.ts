import { BezoarError, type RunEvent } from '@bezoar/core';
import {
  backward,
  createTokenBatch,
  forward,
  headGradient,
  type CausalLM,
  type Workspace,
} from '@bezoar/model';
import {
  adapterTrainable,
  defaultAdamW,
  fingerprint,
  planBatches,
  runTraining,
  type AdamWConfig,
  type BestModelConfig,
  type ScheduleConfig,
  type Trainable,
  type TrainingControls,
  type TrainResult,
} from '@bezoar/qlora';
import type { EncodedPair } from './encode-pair.ts';
import { preferenceMetrics, type PreferenceMetrics } from './preference-metrics.ts';
import {
  defaultPreferenceLoss,
  preferenceLoss,
  type PairLogProbs,
  type PreferenceLossConfig,
} from './preference-loss.ts';
import { createReference, sequenceLogProbs, type Reference } from './reference-log-probs.ts';

export interface DpoConfig extends ScheduleConfig, AdamWConfig, BestModelConfig, PreferenceLossConfig {
  readonly epochs: number;
  readonly maxSteps?: number | undefined;
  /** Pairs per micro-batch; each is two sequences. */
  readonly batchSize: number;
  readonly gradientAccumulation: number;
  readonly seed: number;
  readonly gradientCheckpointing: boolean;
}

/** Rafailov et al. 2023 with the learning rate that suits an adapter; one epoch as in OpenBezoar. */
export const defaultDpo: DpoConfig = {
  ...defaultAdamW,
  ...defaultPreferenceLoss,
  maxGradNorm: 1,
  schedule: 'linear',
  learningRate: 5e-5,
  warmupRatio: 0.1,
  epochs: 1,
  batchSize: 4,
  gradientAccumulation: 4,
  seed: 0,
  gradientCheckpointing: false,
};

export interface TrainDpoOptions extends TrainingControls {
  /** The policy: a frozen base with an adapter. The reference is the same model with the adapter off. */
  readonly model: CausalLM;
  readonly pairs: readonly EncodedPair[];
  readonly config?: Partial<DpoConfig>;
  /** Metrics on these are reported before the first step, every `every` steps and at the end. */
  readonly evaluation?: { readonly pairs: readonly EncodedPair[]; readonly every?: number };
}

/**
 * Direct preference optimisation. Dropout is off in policy and reference. The loss of a step is the mean over all its
 * pairs; metrics have TRL's names.
 * Throws BezoarError EMPTY_DATASET, BAD_CONFIG, DIVERGED, INTERRUPTED (after saving).
 */
export async function* trainDpo(options: TrainDpoOptions): AsyncGenerator<RunEvent, TrainResult> {
  const { model, pairs, evaluation, stage = 'dpo', ...controls } = options;
  const config: DpoConfig = { ...defaultDpo, ...options.config };
  checkConfig(config, pairs);
  const plan = planBatches({ ...config, examples: pairs.length });
  const trainable = adapterTrainable(model);
  const reference = createReference(model);
  const settings = { ...config, adapter: model.adapter?.config };
  return yield* runTraining({
    ...controls,
    stage,
    backend: model.backend,
    trainable,
    config,
    plan,
    fingerprint: fingerprint(
      settings,
      pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]),
    ),
    async step(step, workspace) {
      const micro = plan.step(step).map((indices) => indices.map((index) => pairs[index]!));
      const result = await dpoStepGradients({ model, trainable, workspace, config, micro, reference });
      const { loss, ...metrics } = result.metrics;
      return { loss, tokens: result.tokens, metrics };
    },
    ...(evaluation === undefined || evaluation.pairs.length === 0
      ? {}
      : {
          evaluation: {
            every: evaluation.every,
            async measure(workspace) {
              const metrics = await evaluatePairs(model, {
                pairs: evaluation.pairs,
                reference,
                config,
                workspace,
              });
              return Object.fromEntries(
                Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value as number]),
              );
            },
          },
        }),
  });
}

export interface DpoStepOptions {
  readonly model: CausalLM;
  readonly trainable: Trainable;
  readonly workspace: Workspace;
  readonly config: Pick<
    DpoConfig,
    'loss' | 'beta' | 'labelSmoothing' | 'ipoReduction' | 'gradientCheckpointing'
  >;
  readonly micro: readonly (readonly EncodedPair[])[];
  readonly reference: Reference;
}

export interface DpoStepResult {
  readonly metrics: PreferenceMetrics;
  readonly pairs: readonly PairLogProbs[];
  readonly tokens: number;
}

/**
 * Adds the gradient of the mean loss over all pairs to the trainable's gradients. The policy runs once: its
 * log-probabilities come to the host, the loss sends back one derivative per sequence, and the output layer is computed
 * a second time to apply them.
 */
export async function dpoStepGradients(options: DpoStepOptions): Promise<DpoStepResult> {
  const { model, trainable, workspace, config, micro, reference } = options;
  const { backend } = model;
  const pairCount = micro.flat().length;
  const done: PairLogProbs[] = [];
  let tokens = 0;
  for (const pairs of micro) {
    const references = await reference(pairs, workspace);
    const sides = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
    const batch = createTokenBatch({
      backend,
      sequences: sides,
      vocabSize: model.config.vocabSize,
      maxPositions: model.config.maxPositionEmbeddings,
    });
    const pass = forward({
      model,
      batch,
      workspace,
      keep: config.gradientCheckpointing ? 'layer-inputs' : 'everything',
    });
    const logProbs = workspace.take('f32', [batch.tokens]);
    const output = { hidden: pass.hidden, weight: model.lmHead, targets: batch.targets, logProbs };
    backend.linearCrossEntropy(output);
    const values = await backend.download(logProbs);

    const derivatives = new Float32Array(batch.tokens);
    let offset = 0;
    const sums = sides.map(({ tokens: { length } }) => {
      const total = values.subarray(offset, offset + length).reduce((sum, value) => sum + value, 0);
      offset += length;
      return total;
    });
    offset = 0;
    pairs.forEach((pair, index) => {
      const logs: PairLogProbs = {
        policyChosen: sums[2 * index]!,
        policyRejected: sums[2 * index + 1]!,
        referenceChosen: references[index]!.chosen,
        referenceRejected: references[index]!.rejected,
        chosenTokens: pair.chosen.targetCount,
        rejectedTokens: pair.rejected.targetCount,
      };
      const { dChosen, dRejected } = preferenceLoss(logs, config);
      derivatives.fill(dChosen / pairCount, offset, (offset += pair.chosen.tokens.length));
      derivatives.fill(dRejected / pairCount, offset, (offset += pair.rejected.tokens.length));
      done.push(logs);
    });

    const dLogProbs = backend.upload('f32', [batch.tokens], derivatives);
    const dHidden = workspace.take('f32', pass.hidden.shape);
    const gradient = { dLogProbs, dHidden, ...headGradient(model, trainable.gradients) };
    backend.linearCrossEntropy({ ...output, gradient });
    backward({ pass, batch, dHidden, gradients: trainable.gradients });
    dLogProbs.dispose();
    workspace.release(logProbs, dHidden);
    tokens += batch.tokens;
    batch.dispose();
  }
  return { metrics: preferenceMetrics(done, config), pairs: done, tokens };
}

interface EvaluatePairsOptions {
  readonly pairs: readonly EncodedPair[];
  readonly reference: Reference;
  readonly config: PreferenceLossConfig;
  readonly workspace: Workspace;
}

async function evaluatePairs(
  model: CausalLM,
  { pairs, reference, config, workspace }: EvaluatePairsOptions,
): Promise<PreferenceMetrics> {
  const references = await reference(pairs, workspace);
  const sums = await sequenceLogProbs(
    model,
    pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]),
    workspace,
  );
  return preferenceMetrics(
    pairs.map((pair, index) => ({
      policyChosen: sums[2 * index]!,
      policyRejected: sums[2 * index + 1]!,
      referenceChosen: references[index]!.chosen,
      referenceRejected: references[index]!.rejected,
      chosenTokens: pair.chosen.targetCount,
      rejectedTokens: pair.rejected.targetCount,
    })),
    config,
  );
}

function checkConfig({ beta, loss, labelSmoothing }: DpoConfig, pairs: readonly EncodedPair[]): void {
  if (pairs.length === 0) throw new BezoarError('EMPTY_DATASET', 'There is no preference pair to train on.');
  if (!(beta > 0))
    throw new BezoarError('BAD_CONFIG', `beta is ${beta}; it must be positive.`, {
      advice: 'The usual value is 0.1.',
    });
  if (labelSmoothing < 0 || labelSmoothing >= 0.5) {
    throw new BezoarError('BAD_CONFIG', `labelSmoothing is ${labelSmoothing}; it must be in [0, 0.5).`);
  }
  if (labelSmoothing > 0 && loss !== 'cdpo' && loss !== 'robust') {
    throw new BezoarError('BAD_CONFIG', `labelSmoothing has no effect on the ${loss} loss.`, {
      advice: 'Use loss: cdpo or robust.',
    });
  }
}
