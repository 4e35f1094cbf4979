import { BezoarError, type RunEvent } from '@bezoar/core';
import type { CausalLM } from '@bezoar/model';
import {
  adapterTrainable,
  largestPass,
  planBatches,
  runTraining,
  trainingPrint,
  type TrainingControls,
  type TrainResult,
} from '@bezoar/qlora';
import { countTokens } from './count-tokens.ts';
import { resolveDpoConfig, type DpoConfig } from './dpo-config.ts';
import { dpoStepGradients, evaluatePairs } from './dpo-step.ts';
import type { EncodedPair } from './encode-pair.ts';
import type { EncodedSide } from './encode-side.ts';
import { evalMetrics } from './eval-metrics.ts';
import { needsReference } from './preference-loss.ts';
import { adapterOffReference, type Reference } from './reference.ts';

export interface TrainDpoOptions extends TrainingControls {
  /** The policy: a frozen base with an adapter. */
  readonly model: CausalLM;
  readonly pairs: readonly EncodedPair[];
  readonly config?: Partial<DpoConfig>;
  /** What the policy is compared with: itself with the adapter off by default. Losses without a reference never ask it. */
  readonly reference?: Reference;
  /** Metrics on these are reported before the first step, every `every` steps and at the end. A pass has no more tokens than one of training. */
  readonly evaluation?: { readonly pairs: readonly EncodedPair[]; readonly every?: number };
}

/**
 * Preference optimisation on pairs. Dropout is off in policy and reference. The loss of a step is the mean over all its
 * pairs; metrics have TRL's names.
 * Throws BezoarError EMPTY_DATASET, BAD_CONFIG, DIVERGED, INTERRUPTED (after saving).
 */
export async function* trainDpo(options: TrainDpoOptions): AsyncGenerator<RunEvent, TrainResult> {
  const { model, pairs, evaluation, stage = 'dpo', reference: given, ...controls } = options;
  const { group } = controls;
  const config = resolveDpoConfig(options.config);
  if (pairs.length === 0) throw new BezoarError('EMPTY_DATASET', 'There is no preference pair to train on.');
  const plan = planBatches({ ...config, examples: pairs.length });
  const tokensUntil = countTokens(plan, (index) => {
    const { chosen, rejected } = pairs[index]!;
    return chosen.tokens.length + rejected.tokens.length;
  });
  const trainable = adapterTrainable(model);
  const reference = needsReference(config.loss) ? (given ?? adapterOffReference(model)) : undefined;
  const maxBatchTokens = largestPass(
    pairs.map(({ chosen, rejected }) => chosen.tokens.length + rejected.tokens.length),
    config.batchSize,
  );
  const settings = { ...config, adapter: model.adapter?.config, reference: reference?.id };
  return yield* runTraining({
    ...controls,
    stage,
    backend: model.backend,
    trainable,
    config,
    plan,
    fingerprint: trainingPrint({
      settings,
      examples: sidesOf(pairs),
      evaluation: evaluation && { every: evaluation.every, examples: sidesOf(evaluation.pairs) },
    }),
    async step(step, workspace) {
      const micro = plan.step(step).map((indices) => indices.map((index) => pairs[index]!));
      const result = await dpoStepGradients({ model, trainable, workspace, config, micro, reference, group });
      const { loss, ...metrics } = result.metrics;
      return { loss, tokens: result.tokens, metrics: { ...metrics, num_tokens: tokensUntil(step) } };
    },
    ...(evaluation === undefined || evaluation.pairs.length === 0
      ? {}
      : {
          evaluation: {
            every: evaluation.every,
            measure: async (workspace) => {
              const own = { pairs: evaluation.pairs, reference, config, workspace, maxBatchTokens, group };
              return evalMetrics(await evaluatePairs(model, own));
            },
          },
        }),
  });
}

function sidesOf(pairs: readonly EncodedPair[]): EncodedSide[] {
  return pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
}
