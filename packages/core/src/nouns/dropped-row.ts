import { z } from 'zod';

/** A row that did not pass, and why. */
export interface DroppedRow {
  readonly id: string;
  /** The stage that dropped it: `lamini`, `evol`, `orca`, `dedupe`, `filter`, … */
  readonly stage: string;
  /** A stable reason code in kebab-case: `refusal`, `no-information-gain`, `duplicate`, `rejected-by-judge`, … */
  readonly reason: string;
  /** What a person needs to check the decision: the rule's evidence, the judge's sentence. */
  readonly detail?: string | undefined;
  /** The row as it was. */
  readonly row: unknown;
}

/** A row that did not pass, with the reason. No row is dropped without one. */
export const droppedRowSchema: z.ZodType<DroppedRow> = z.object({
  id: z.string(),
  stage: z.string(),
  reason: z.string(),
  detail: z.string().optional(),
  row: z.unknown(),
});
