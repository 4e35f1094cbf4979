import { IGNORED } from '@bezoar/model';
import type { EncodedExample } from '../data/encode-example.ts';
import { stepGradients, type SftConfig } from '../train/train-sft.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { planTrainingMemory, type PlanTrainingOptions } from './plan-training-memory.ts';

export interface PlanSftOptions extends PlanTrainingOptions {
  /** Tokens of each sequence of the largest micro-batch. */
  readonly lengths: readonly number[];
  readonly training?: Partial<Pick<SftConfig, 'gradientCheckpointing' | 'neftuneNoiseAlpha'>>;
}

/** The memory of supervised fine-tuning on micro-batches of such lengths, every token a target. Held-out rows of no greater length need no more. */
export function planSftMemory(options: PlanSftOptions): Promise<MemoryPlan> {
  const { lengths, training = {} } = options;
  const micro = [lengths.map((length) => plannedSequence(length))];
  const config = { gradientCheckpointing: false, seed: 0, ...training };
  return planTrainingMemory(options, {
    step: (work) => stepGradients({ ...work, config, step: 0, micro }),
  });
}

/** Tokens that stand for any; those from `from` on are targets. */
export function plannedSequence(length: number, from = 1): EncodedExample {
  const tokens = new Array<number>(length).fill(0);
  return {
    tokens,
    labels: tokens.map((token, index) => (index < from ? IGNORED : token)),
    targetCount: length - from,
  };
}
