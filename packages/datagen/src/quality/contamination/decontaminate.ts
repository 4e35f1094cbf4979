import type { InstructionRow } from '@bezoar/core';
import type { GenerationResult } from '../../generation-result.ts';
import type { CleaningStep } from '../cleaning-step.ts';
import { dropRows } from '../drop-rows.ts';
import { rowTexts, type RowField } from '../row-field.ts';
import type { ContaminationIndex } from './contamination-index.ts';

export interface DecontaminateOptions {
  readonly rows: readonly InstructionRow[];
  readonly index: ContaminationIndex;
  /** Instruction, response and reference by default. */
  readonly fields?: readonly RowField[];
}

/**
 * Drops what an evaluation would find learnt by heart. `detail` names the task, the document, the field of the row and the
 * words in common. Reasons: `contaminated-ngram`, `contaminated-near-duplicate`.
 */
export function decontaminate({
  rows,
  index,
  fields = ['instruction', 'response', 'reference'],
}: DecontaminateOptions): GenerationResult {
  return dropRows('decontaminate', rows, (row) => {
    for (const { field, text } of rowTexts(row, fields)) {
      const found = index.find(text);
      if (found === undefined) continue;
      const { reason, task, document, evidence } = found;
      return { reason, detail: `task ${task}, document ${document}, ${field}: ${evidence}` };
    }
    return undefined;
  });
}

/** `decontaminate` as a step of `cleanRows`. */
export function decontaminateStep(options: Omit<DecontaminateOptions, 'rows'>): CleaningStep {
  return { stage: 'decontaminate', run: (rows) => decontaminate({ ...options, rows }) };
}
