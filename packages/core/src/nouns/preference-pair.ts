import { z } from 'zod';

/** A prompt, the better answer, the worse one. */
export interface PreferencePair {
  readonly id: string;
  /** The text that both answers follow, already rendered (HH-RLHF: up to and including the last `Assistant:`). */
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  /** A chat template made the texts: special tokens stand in them by name, and none are to be added. */
  readonly rendered?: boolean | undefined;
  readonly source?: string | undefined;
}

/** One preference: two answers to one prompt, the first is better. */
export const preferencePairSchema: z.ZodType<PreferencePair> = z
  .object({
    id: z.string(),
    prompt: z.string().min(1, 'a prompt is needed'),
    chosen: z.string(),
    rejected: z.string(),
    rendered: z.boolean().optional(),
    source: z.string().optional(),
  })
  .refine((pair) => pair.chosen !== pair.rejected, 'chosen and rejected are the same text');
