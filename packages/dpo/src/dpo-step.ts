import { gatherNumbers, shareOf, type ProcessGroup } from '@bezoar/backend';
import type { CausalLM, Workspace } from '@bezoar/model';
import type { Trainable } from '@bezoar/qlora';
import type { DpoConfig } from './dpo-config.ts';
import type { EncodedPair } from './encode-pair.ts';
import type { EncodedSide } from './encode-side.ts';
import { preferenceMetrics, type PreferenceMetrics, type ScoredPair } from './preference-metrics.ts';
import { crossEntropyTerm, preferenceLoss, type PreferenceLossConfig } from './preference-loss.ts';
import type { PassOptions, Reference } from './reference.ts';
import { addSideGradients } from './side-gradients.ts';
import { gatherScores, labelText, scoreSides, type SideScore } from './side-score.ts';

export interface DpoStepOptions {
  readonly model: CausalLM;
  readonly trainable: Trainable;
  readonly workspace: Workspace;
  readonly config: PreferenceLossConfig & Pick<DpoConfig, 'gradientCheckpointing'>;
  readonly micro: readonly (readonly EncodedPair[])[];
  /** Undefined for losses without one. */
  readonly reference: Reference | undefined;
  /** Every process does its share of the micro-batches. */
  readonly group?: ProcessGroup | undefined;
}

export interface DpoStepResult {
  readonly metrics: PreferenceMetrics;
  readonly pairs: readonly ScoredPair[];
  readonly tokens: number;
}

/**
 * Adds the gradient of a step to the trainable's gradients: of the mean loss over all pairs of all micro-batches, and of the
 * cross-entropy over all tokens of their chosen sides where the loss has one. So accumulation changes nothing. In a group it is the part that this process's
 * micro-batches make; what is returned is about the whole step.
 */
export async function dpoStepGradients(options: DpoStepOptions): Promise<DpoStepResult> {
  const { model, trainable, workspace, config, micro, reference, group } = options;
  const all = micro.flat();
  const term = crossEntropyTerm(config);
  const labels = all.reduce((sum, pair) => sum + chosenLabels(pair, config), 0);
  const dLabels = term === undefined ? 0 : -term.weight / labels;
  const scores: SideScore[] = [];
  const references: number[] = [];
  for (const pairs of shareOf(micro, group)) {
    const own = await referencesOf(pairs, reference, { workspace });
    references.push(...own);
    await addSideGradients({
      model,
      trainable,
      workspace,
      gradientCheckpointing: config.gradientCheckpointing,
      sides: policySides(pairs, config),
      derivatives(sides) {
        scores.push(...sides);
        return scoredPairs({ pairs, scores: sides, references: own, config }).flatMap(({ logProbs }) => {
          const { dChosen, dRejected } = preferenceLoss(logProbs, config);
          return [
            { completion: dChosen / all.length, labels: dLabels },
            { completion: dRejected / all.length },
          ];
        });
      },
    });
  }
  const done = scoredPairs({
    pairs: all,
    scores: await gatherScores(scores, group),
    references: await gatherNumbers(references, group),
    config,
  });
  const tokens = all.reduce(
    (sum, { chosen, rejected }) => sum + chosen.tokens.length + rejected.tokens.length,
    0,
  );
  return { metrics: preferenceMetrics(done, config), pairs: done, tokens };
}

export interface EvaluatePairsOptions extends PassOptions {
  readonly pairs: readonly EncodedPair[];
  readonly reference: Reference | undefined;
  readonly config: PreferenceLossConfig;
  /** Every process scores its share of the pairs. */
  readonly group?: ProcessGroup | undefined;
}

/** The metrics of pairs without training on them. */
export async function evaluatePairs(
  model: CausalLM,
  { pairs, reference, config, group, ...options }: EvaluatePairsOptions,
): Promise<PreferenceMetrics> {
  const own = shareOf(pairs, group);
  const references = await gatherNumbers(await referencesOf(own, reference, options), group);
  const scores = await gatherScores(await scoreSides(model, policySides(own, config), options), group);
  return preferenceMetrics(scoredPairs({ pairs, scores, references, config }), config);
}

/** Chosen and rejected in turn, the chosen one labelled as the cross-entropy needs it. */
function policySides(pairs: readonly EncodedPair[], config: PreferenceLossConfig): readonly EncodedSide[] {
  const whole = crossEntropyTerm(config)?.over === 'text';
  return pairs.flatMap(({ chosen, rejected }) => [whole ? labelText(chosen) : chosen, rejected]);
}

function chosenLabels({ chosen }: EncodedPair, config: PreferenceLossConfig): number {
  // The first token is predicted from nothing.
  return crossEntropyTerm(config)?.over === 'text' ? chosen.tokens.length - 1 : chosen.targetCount;
}

async function referencesOf(
  pairs: readonly EncodedPair[],
  reference: Reference | undefined,
  options: PassOptions,
): Promise<readonly number[]> {
  const sides = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  return reference === undefined ? sides.map(() => 0) : reference.logProbs(sides, options);
}

interface ScoredPairsOptions {
  readonly pairs: readonly EncodedPair[];
  /** Of chosen and rejected in turn. */
  readonly scores: readonly SideScore[];
  readonly references: readonly number[];
  readonly config: PreferenceLossConfig;
}

function scoredPairs({ pairs, scores, references, config }: ScoredPairsOptions): ScoredPair[] {
  return pairs.map((pair, index) => {
    const [chosen, rejected] = [scores[2 * index]!, scores[2 * index + 1]!];
    return {
      logProbs: {
        policyChosen: chosen.logProb,
        policyRejected: rejected.logProb,
        referenceChosen: references[2 * index]!,
        referenceRejected: references[2 * index + 1]!,
        chosenTokens: chosen.tokens,
        rejectedTokens: rejected.tokens,
      },
      chosen,
      rejected,
      chosenLabels: chosenLabels(pair, config),
    };
  });
}
