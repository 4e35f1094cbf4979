import type { InstructionRow } from '@bezoar/core';
import type { GenerationResult } from '../generation-result.ts';

/** One filter of `cleanRows`: rows in; those that pass and those that do not, with reasons, out. */
export interface CleaningStep {
  readonly stage: string;
  run(rows: readonly InstructionRow[]): GenerationResult | Promise<GenerationResult>;
}
