import { z } from 'zod';

/** What generation starts from. */
export interface Seed {
  readonly instruction: string;
  /** Text that the instruction speaks about; empty when there is none (dolly-15k's `context`, Alpaca's `input`). */
  readonly context: string;
  /** The seed's own answer, where it has one. Not used as a training target. */
  readonly response?: string | undefined;
  readonly category?: string | undefined;
}

/** A row that generation starts from: dolly-15k, Alpaca and plain `{ instruction }` rows all parse. */
export const seedSchema: z.ZodType<Seed> = z
  .object({
    instruction: z.string().trim().min(1, 'an instruction is needed'),
    context: z.string().optional(),
    input: z.string().optional(),
    response: z.string().optional(),
    output: z.string().optional(),
    category: z.string().optional(),
  })
  .transform((row) => ({
    instruction: row.instruction,
    context: (row.context ?? row.input ?? '').trim(),
    response: row.response ?? row.output,
    category: row.category,
  }));
