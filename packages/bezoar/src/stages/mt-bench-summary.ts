import { readJson } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { z } from 'zod';

/** A mean of verdicts, as `mt-bench.json` has it: null stands for what is no number. */
export interface MtBenchCell {
  readonly score: number | null;
  readonly judged: number;
  readonly missing: number;
  /** 95 %. */
  readonly interval: readonly [low: number | null, high: number | null];
}

export interface MtBenchModel {
  readonly model: string;
  readonly average: MtBenchCell;
  readonly turns: readonly [first: MtBenchCell, second: MtBenchCell];
  readonly categories: Readonly<
    Record<string, MtBenchCell & { readonly turns: readonly [MtBenchCell, MtBenchCell] }>
  >;
  readonly missing: Readonly<Record<string, number>>;
}

/** What the report shows of an MT-Bench stage. */
export interface MtBenchSummary {
  /** `single`: scores from 1 to 10. `pairwise`: adjusted win rates from 0 to 1. */
  readonly kind: 'single' | 'pairwise';
  /** Judge, prompts, settings, references. */
  readonly notes: readonly string[];
  readonly models: readonly MtBenchModel[];
}

export const mtBenchFileName = 'mt-bench.json';

const number = z.number().nullable();
const cell = z.object({
  score: number,
  judged: z.number(),
  missing: z.number(),
  interval: z.tuple([number, number]),
});
const summarySchema: z.ZodType<MtBenchSummary> = z.object({
  kind: z.enum(['single', 'pairwise']),
  notes: z.array(z.string()),
  models: z.array(
    z.object({
      model: z.string(),
      average: cell,
      turns: z.tuple([cell, cell]),
      categories: z.record(z.string(), cell.extend({ turns: z.tuple([cell, cell]) })),
      missing: z.record(z.string(), z.number()),
    }),
  ),
});

/** Undefined where nothing was judged. */
export async function readMtBenchSummary(out: string): Promise<MtBenchSummary | undefined> {
  return summarySchema.safeParse(await readJson(openFolder(out), mtBenchFileName).catch(() => undefined))
    .data;
}
