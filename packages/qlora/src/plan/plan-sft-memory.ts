import { IGNORED } from '@bezoar/model';
import type { EncodedExample } from '../data/encode-example.ts';
import { evaluateLoss } from '../train/evaluate-loss.ts';
import { stepGradients, type SftConfig } from '../train/train-sft.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { planTrainingMemory, type PlanTrainingOptions } from './plan-training-memory.ts';

export interface PlanSftOptions extends PlanTrainingOptions {
  /** Tokens of each sequence of the largest micro-batch. */
  readonly lengths: readonly number[];
  readonly training?: Partial<Pick<SftConfig, 'gradientCheckpointing' | 'neftuneNoiseAlpha'>>;
  /** Whether the loss on held-out rows will be measured. */
  readonly evaluation?: boolean;
}

/** The memory of supervised fine-tuning on micro-batches of such lengths, every token a target. */
export function planSftMemory(options: PlanSftOptions): Promise<MemoryPlan> {
  const { lengths, training = {}, evaluation = false } = options;
  const micro = [lengths.map((length) => plannedSequence(length))];
  const config = { gradientCheckpointing: false, seed: 0, ...training };
  return planTrainingMemory(options, {
    async before({ model, workspace }) {
      if (!evaluation) return;
      const longest = lengths.reduce((most, length) => Math.max(most, length), 1);
      const examples = onePass(longest, () => plannedSequence(longest));
      await evaluateLoss({ model, examples, workspace });
    },
    step: (work) => stepGradients({ ...work, config, step: 0, micro }),
  });
}

/** As many sequences as scoring takes into a pass. */
export function onePass<Item>(length: number, sequence: () => Item): Item[] {
  const count = Math.max(1, Math.floor(SCORED / length));
  return Array.from({ length: count }, sequence);
}

/** Tokens of a pass that scores: the default of `scoreLabels` and of `precomputeReference`. */
const SCORED = 4096;

/** Tokens that stand for any; those from `from` on are targets. */
export function plannedSequence(length: number, from = 1): EncodedExample {
  const tokens = new Array<number>(length).fill(0);
  return {
    tokens,
    labels: tokens.map((token, index) => (index < from ? IGNORED : token)),
    targetCount: length - from,
  };
}
