import { gatherNumbers, shareOf, type ProcessGroup } from '@bezoar/backend';
import type { CausalLM, Workspace } from '@bezoar/model';
import type { Trainable } from '@bezoar/qlora';
import type { EncodedRated } from './encode-rated.ts';
import type { KtoConfig } from './kto-config.ts';
import { estimateKl, ktoLoss, type KtoLossConfig, type RatedLogProbs } from './kto-loss.ts';
import { sequenceLogProbs, type PassOptions, type Reference } from './reference.ts';
import { addSideGradients } from './side-gradients.ts';
import { gatherScores, scoreSides, type SideScore } from './side-score.ts';

/** Means by TRL's names, over good and bad completions apart; what there is none of is left out. */
export type KtoMetrics = Readonly<Record<'loss' | 'kl', number>> &
  Readonly<
    Partial<Record<`${'rewards' | 'logps' | 'logits'}/${'chosen' | 'rejected'}` | 'rewards/margins', number>>
  >;

/** A rated completion after a pass of the policy. */
export interface ScoredRated {
  readonly logProbs: RatedLogProbs;
  readonly score: SideScore;
}

export interface KtoStepOptions {
  readonly model: CausalLM;
  readonly trainable: Trainable;
  readonly workspace: Workspace;
  readonly config: KtoLossConfig & Pick<KtoConfig, 'gradientCheckpointing'>;
  readonly micro: readonly (readonly EncodedRated[])[];
  readonly reference: Reference;
  /** Every process does its share of the micro-batches. */
  readonly group?: ProcessGroup | undefined;
}

export interface KtoStepResult {
  readonly metrics: KtoMetrics;
  readonly rows: readonly ScoredRated[];
  readonly tokens: number;
}

/**
 * Adds the gradient of the mean loss over all rows to the trainable's gradients. The divergence is estimated over all rows of the
 * step, before any gradient is made: so accumulation changes nothing. In a group it is the part that this process's micro-batches
 * make; what is returned is about the whole step.
 */
export async function ktoStepGradients(options: KtoStepOptions): Promise<KtoStepResult> {
  const { model, trainable, workspace, config, micro, reference, group } = options;
  const all = micro.flat();
  // No pass has more tokens than the largest of those that learn.
  const maxBatchTokens = Math.max(
    ...micro.map((rows) => rows.reduce((sum, { side }) => sum + side.tokens.length, 0)),
  );
  const kl = await measureKl(model, { rows: all, reference, workspace, maxBatchTokens, group });
  const scores: SideScore[] = [];
  const references: number[] = [];
  for (const rows of shareOf(micro, group)) {
    const sides = rows.map(({ side }) => side);
    const own = await reference.logProbs(sides, { workspace });
    references.push(...own);
    await addSideGradients({
      model,
      trainable,
      workspace,
      gradientCheckpointing: config.gradientCheckpointing,
      sides,
      derivatives(measured) {
        scores.push(...measured);
        return scoredRows({ rows, scores: measured, references: own }).map(({ logProbs }) => ({
          completion: ktoLoss(logProbs, kl, config).dPolicy / all.length,
        }));
      },
    });
  }
  const done = scoredRows({
    rows: all,
    scores: await gatherScores(scores, group),
    references: await gatherNumbers(references, group),
  });
  const tokens = all.reduce(
    (sum, { side, mismatched }) => sum + side.tokens.length + mismatched.tokens.length,
    0,
  );
  return { metrics: ktoMetrics({ rows: done, kl, config }), rows: done, tokens };
}

export interface EvaluateRatedOptions extends PassOptions {
  readonly rows: readonly EncodedRated[];
  readonly reference: Reference;
  readonly config: KtoLossConfig;
  /** Every process scores its share of the rows. */
  readonly group?: ProcessGroup | undefined;
}

/** The metrics of rows without training on them. */
export async function evaluateRated(
  model: CausalLM,
  { rows, reference, config, group, ...options }: EvaluateRatedOptions,
): Promise<KtoMetrics> {
  const kl = await measureKl(model, { rows, reference, group, ...options });
  const sides = shareOf(rows, group).map(({ side }) => side);
  const references = await gatherNumbers(await reference.logProbs(sides, options), group);
  const scores = await gatherScores(await scoreSides(model, sides, options), group);
  return ktoMetrics({ rows: scoredRows({ rows, scores, references }), kl, config });
}

async function measureKl(
  model: CausalLM,
  { rows, reference, group, ...options }: Omit<EvaluateRatedOptions, 'config'>,
): Promise<number> {
  const sides = shareOf(rows, group).map(({ mismatched }) => mismatched);
  const references = await gatherNumbers(await reference.logProbs(sides, options), group);
  const policy = await gatherNumbers(await sequenceLogProbs(model, sides, options), group);
  return estimateKl(policy.map((value, index) => ({ policy: value, reference: references[index]! })));
}

function scoredRows(scored: {
  readonly rows: readonly EncodedRated[];
  readonly scores: readonly SideScore[];
  readonly references: readonly number[];
}): ScoredRated[] {
  return scored.rows.map(({ label }, index) => {
    const score = scored.scores[index]!;
    return { logProbs: { policy: score.logProb, reference: scored.references[index]!, label }, score };
  });
}

function ktoMetrics(measured: {
  readonly rows: readonly ScoredRated[];
  readonly kl: number;
  readonly config: KtoLossConfig;
}): KtoMetrics {
  const { rows, kl, config } = measured;
  const chosen = sideMetrics(
    rows.filter(({ logProbs }) => logProbs.label),
    config,
  );
  const rejected = sideMetrics(
    rows.filter(({ logProbs }) => !logProbs.label),
    config,
  );
  return {
    loss: mean(rows, ({ logProbs }) => ktoLoss(logProbs, kl, config).loss),
    kl,
    ...(chosen === undefined ? {} : named(chosen, 'chosen')),
    ...(rejected === undefined ? {} : named(rejected, 'rejected')),
    ...(chosen === undefined || rejected === undefined
      ? {}
      : { 'rewards/margins': chosen.rewards - rejected.rewards }),
  };
}

type SideMetrics = Readonly<Record<'rewards' | 'logps' | 'logits', number>>;

function sideMetrics(rows: readonly ScoredRated[], { beta }: KtoLossConfig): SideMetrics | undefined {
  if (rows.length === 0) return undefined;
  return {
    rewards: mean(rows, ({ logProbs }) => beta * (logProbs.policy - logProbs.reference)),
    logps: mean(rows, ({ logProbs }) => logProbs.policy),
    logits: mean(rows, ({ score }) => score.logits) / mean(rows, ({ score }) => score.tokens),
  };
}

function named(metrics: SideMetrics, side: 'chosen' | 'rejected'): Partial<KtoMetrics> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${name}/${side}`, value]));
}

function mean<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / items.length;
}
