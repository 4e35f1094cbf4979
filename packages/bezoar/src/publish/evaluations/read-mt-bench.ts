import { BezoarError } from '@bezoar/core';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { generationTask, type ScoredMetric, type ScoredTask } from './scored-task.ts';

/** Numbers that JSON has no word for are null there. */
const cellSchema = z.object({
  score: z.number().nullable(),
  judged: z.number(),
  missing: z.number(),
  stderr: z.number().nullable(),
});
type Cell = z.output<typeof cellSchema>;

const reportSchema = z.object({
  notes: z.array(z.string()),
  kind: z.enum(['single', 'pairwise']),
  models: z.array(
    z.object({
      model: z.string(),
      average: cellSchema,
      turns: z.tuple([cellSchema, cellSchema]),
      categories: z.record(z.string(), cellSchema),
    }),
  ),
});

const fileName = 'mt-bench.json';
/** By which MT-Bench is told from other tasks. */
export const mtBenchType = 'mt-bench';

/** The scores of MT-Bench in a stage's folder, by model; undefined where there are none. Throws BezoarError BAD_FILE. */
export async function readMtBench(folder: string): Promise<ReadonlyMap<string, ScoredTask> | undefined> {
  const path = join(folder, fileName);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = reportSchema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new BezoarError('BAD_FILE', `${path} is no report of MT-Bench.`, { cause: parsed.error });
  const { notes, kind, models } = parsed.data;
  // Judge, settings, prompts, references: what the numbers depend on.
  const facts = notes.map((note) => /^([^:]+): ([^]*)$/.exec(note)?.slice(1) ?? ['note', note]);
  const args = { mode: kind, ...(Object.fromEntries(facts) as Record<string, string>) };
  return new Map(
    models.map(({ model, average, turns, categories }) => {
      const cells: [string, Cell][] = [
        ...Object.entries(categories),
        ['first turn', turns[0]],
        ['second turn', turns[1]],
        ['average', average],
      ];
      const dataset = { name: 'MT-Bench', type: mtBenchType, args };
      return [
        model,
        { task: generationTask, dataset, metrics: cells.flatMap((cell) => metricOf(cell, kind)) },
      ];
    }),
  );
}

function metricOf(
  [name, { score, judged, missing, stderr }]: [string, Cell],
  kind: 'single' | 'pairwise',
): ScoredMetric[] {
  if (score === null || judged === 0) return [];
  const args = { ...(stderr === null ? {} : { stderr }), judged, ...(missing === 0 ? {} : { missing }) };
  const type = kind === 'single' ? 'mt_bench_score' : 'mt_bench_win_rate';
  return [{ type, name, value: score, args }];
}
