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
import type { EncodedRated } from './encode-rated.ts';
import type { EncodedSide } from './encode-side.ts';
import { evalMetrics } from './eval-metrics.ts';
import { resolveKtoConfig, type KtoConfig } from './kto-config.ts';
import { evaluateRated, ktoStepGradients } from './kto-step.ts';
import { adapterOffReference, type Reference } from './reference.ts';

export interface TrainKtoOptions extends TrainingControls {
  /** The policy: a frozen base with an adapter. */
  readonly model: CausalLM;
  readonly rows: readonly EncodedRated[];
  readonly config?: Partial<KtoConfig>;
  /** What the policy is compared with: itself with the adapter off by default. */
  readonly reference?: Reference;
  /** Metrics on these are reported before the first step, every `every` steps and at the end. A pass has no more tokens than one of training. */
  readonly evaluation?: { readonly rows: readonly EncodedRated[]; readonly every?: number };
}

/**
 * Preference optimisation on completions that are rated good or bad, each for itself (Ethayarajh et al. 2024). Dropout is off
 * in policy and reference; metrics have TRL's names.
 * Throws BezoarError EMPTY_DATASET, BAD_CONFIG, DIVERGED, INTERRUPTED (after saving).
 */
export async function* trainKto(options: TrainKtoOptions): AsyncGenerator<RunEvent, TrainResult> {
  const { model, rows, evaluation, stage = 'kto', reference: given, ...controls } = options;
  const { group } = controls;
  const config = resolveKtoConfig(options.config);
  if (rows.length === 0) throw new BezoarError('EMPTY_DATASET', 'There is no rated completion to train on.');
  const plan = planBatches({ ...config, examples: rows.length });
  const tokensUntil = countTokens(plan, (index) => {
    const { side, mismatched } = rows[index]!;
    return side.tokens.length + mismatched.tokens.length;
  });
  const trainable = adapterTrainable(model);
  const reference = given ?? adapterOffReference(model);
  const maxBatchTokens = largestPass(
    rows.map(({ side }) => side.tokens.length),
    config.batchSize,
  );
  const settings = { ...config, adapter: model.adapter?.config, reference: reference.id };
  return yield* runTraining({
    ...controls,
    stage,
    backend: model.backend,
    trainable,
    config,
    plan,
    fingerprint: trainingPrint({
      settings,
      examples: printedRows(rows),
      evaluation: evaluation && { every: evaluation.every, examples: printedRows(evaluation.rows) },
    }),
    async step(step, workspace) {
      const micro = plan.step(step).map((indices) => indices.map((index) => rows[index]!));
      const result = await ktoStepGradients({ model, trainable, workspace, config, micro, reference, group });
      const { loss, ...metrics } = result.metrics;
      return { loss, tokens: result.tokens, metrics: { ...metrics, num_tokens: tokensUntil(step) } };
    },
    ...(evaluation === undefined || evaluation.rows.length === 0
      ? {}
      : {
          evaluation: {
            every: evaluation.every,
            measure: async (workspace) => {
              const own = { rows: evaluation.rows, reference, config, workspace, maxBatchTokens, group };
              return evalMetrics(await evaluateRated(model, own));
            },
          },
        }),
  });
}

/** With the ratings, which say what is learnt of the same tokens. */
function printedRows(rows: readonly EncodedRated[]): Pick<EncodedSide, 'tokens' | 'labels'>[] {
  return rows.flatMap(({ side, mismatched, label }) => [
    side,
    mismatched,
    { tokens: [], labels: [Number(label)] },
  ]);
}
