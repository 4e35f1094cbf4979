import { z } from 'zod';
import { judgmentSchema, type Judgment } from './judgment.ts';

/** A training example: made by datagen, looked at by judges, learnt by qlora. */
export interface InstructionRow {
  /** Stable: the same inputs and seed give the same id. */
  readonly id: string;
  /** Overrides the template's default system text (the Orca rows have one). */
  readonly system?: string | undefined;
  /** The instruction, with its context appended after a blank line. */
  readonly instruction: string;
  readonly response: string;
  /** Which scheme and strategy made the row: `lamini/example-guided`, `evol/deepening`, `orca/cot`, … */
  readonly source: string;
  readonly category?: string | undefined;
  readonly lineage?: Lineage | undefined;
  /** A short gold answer to compare with (FLAN `targets`). */
  readonly reference?: string | undefined;
  /** Whether the response holds the reference. */
  readonly agreesWithReference?: boolean | undefined;
  readonly judgments?: readonly Judgment[] | undefined;
}

/** Where a row comes from. */
export interface Lineage {
  readonly parentId: string;
  /** 1 for the first evolution of a seed. */
  readonly round: number;
  readonly operation: string;
  /** The rule that eliminated it, as a reason code. Only dropped rows have one. */
  readonly eliminatedBy?: string | undefined;
}

/** Where a row comes from: its parent, the round and the operation. */
export const lineageSchema: z.ZodType<Lineage> = z.object({
  parentId: z.string(),
  round: z.number().int().min(0),
  operation: z.string(),
  eliminatedBy: z.string().optional(),
});

/** A generated training example: what datagen writes, judge filters and qlora trains on. */
export const instructionRowSchema: z.ZodType<InstructionRow> = z.object({
  id: z.string(),
  system: z.string().optional(),
  instruction: z.string().trim().min(1, 'an instruction is needed'),
  response: z.string().min(1, 'a response is needed'),
  source: z.string(),
  category: z.string().optional(),
  lineage: lineageSchema.optional(),
  reference: z.string().optional(),
  agreesWithReference: z.boolean().optional(),
  judgments: z.array(judgmentSchema).optional(),
});
