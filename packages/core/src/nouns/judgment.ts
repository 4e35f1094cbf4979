import { z } from 'zod';

/** A human proxy's verdict on one row. */
export interface Judgment {
  /** Name of the judge model. */
  readonly judge: string;
  /** `error`: the judge's reply could not be read; such a row is neither accepted nor silently lost. */
  readonly status: 'accept' | 'reject' | 'error';
  /** On the rubric's scale (1–10 by default); null when the reply could not be read. */
  readonly rating: number | null;
  /** One sentence. */
  readonly reason: string;
}

/** A verdict of a human proxy on one row. */
export const judgmentSchema: z.ZodType<Judgment> = z.object({
  judge: z.string(),
  status: z.enum(['accept', 'reject', 'error']),
  rating: z.number().nullable(),
  reason: z.string(),
});
