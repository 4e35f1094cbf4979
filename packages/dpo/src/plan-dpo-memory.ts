import { blankModel, type CausalLM } from '@bezoar/model';
import {
  plannedSequence,
  planTrainingMemory,
  type MemoryPlan,
  type PlanTrainingOptions,
} from '@bezoar/qlora';
import { resolveDpoConfig, type DpoConfig } from './dpo-config.ts';
import { dpoStepGradients } from './dpo-step.ts';
import { resolveKtoConfig } from './kto-config.ts';
import { ktoStepGradients } from './kto-step.ts';
import { needsReference } from './preference-loss.ts';
import { adapterOffReference, createReference, sequenceLogProbs, type Reference } from './reference.ts';

export interface PlanDpoOptions extends PlanTrainingOptions {
  /** Tokens of a prompt with its completion, and of the prompt. */
  readonly length: number;
  readonly promptLength: number;
  /** Pairs, or rated completions, of a micro-batch. */
  readonly batchSize: number;
  readonly gradientCheckpointing?: boolean;
  readonly loss?: DpoConfig['loss'] | 'kto' | undefined;
  /** The policy without its adapter (by default), another model of the same size beside it, or numbers that were computed before. */
  readonly reference?: 'adapter-off' | 'model' | 'precomputed';
}

/** The memory of preference training when every sequence is as long as may be. */
export function planDpoMemory(options: PlanDpoOptions): Promise<MemoryPlan> {
  const { length, promptLength, batchSize, gradientCheckpointing = false, loss = 'sigmoid' } = options;
  const { reference: kind = 'adapter-off' } = options;
  const side = plannedSequence(length, promptLength);
  let other: CausalLM | undefined;
  const referenceOf = (policy: CausalLM): Reference => {
    if (kind === 'precomputed')
      return { id: 'plan', logProbs: (sides) => Promise.resolve(sides.map(() => 0)) };
    return other === undefined ? adapterOffReference(policy) : createReference(other, 'plan');
  };
  return planTrainingMemory(options, {
    others({ backend }) {
      if (kind === 'model') other = blankModel({ ...options, backend });
    },
    async before({ model }) {
      if (kind !== 'precomputed') return;
      // As many as a pass of `precomputeReference` takes by default.
      await sequenceLogProbs(model, fill(Math.max(1, Math.floor(4096 / length)), side));
    },
    async step(work) {
      const reference = referenceOf(work.model);
      if (loss === 'kto') {
        const config = { ...resolveKtoConfig(), gradientCheckpointing };
        const row = { id: '', label: true, side, mismatched: side };
        await ktoStepGradients({ ...work, config, reference, micro: [fill(batchSize, row)] });
        return;
      }
      const config = { ...resolveDpoConfig({ loss }), gradientCheckpointing };
      const micro = [fill(batchSize, { id: '', chosen: side, rejected: side })];
      await dpoStepGradients({
        ...work,
        config,
        micro,
        reference: needsReference(loss) ? reference : undefined,
      });
    },
  });
}

function fill<Item>(count: number, item: Item): Item[] {
  return Array.from({ length: count }, () => item);
}
