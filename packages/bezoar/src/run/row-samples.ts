import {
  BezoarError,
  droppedRowSchema,
  instructionRowSchema,
  type DroppedRow,
  type Funnel,
  type InstructionRow,
} from '@bezoar/core';
import { readJson } from '@bezoar/formats';
import { openFolder, streamRowsFile } from '@bezoar/formats/node';
import type { JudgeAgreement } from '@bezoar/judge';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { evenly } from '../report/pick-evenly.ts';
import { agreementFileName } from '../stages/describe-agreement.ts';
import { droppedFileName, rowsFileName } from '../stages/rows.ts';

/** A few rows of a stage to look at, and how its judges have rated all of them. */
export interface RowSamples {
  readonly kept: readonly InstructionRow[];
  /** By reason code. */
  readonly dropped: Readonly<Record<string, readonly DroppedRow[]>>;
  /** By judge, then by rating, of the rows that were kept and of those that were dropped. */
  readonly ratings: Readonly<Record<string, Readonly<Record<string, RatingCount>>>>;
  /** Of every two judges. */
  readonly agreement: readonly JudgeAgreement[];
}

export interface RatingCount {
  readonly kept: number;
  readonly dropped: number;
}

const agreementSchema = z.array(
  z.object({
    judges: z.tuple([z.string(), z.string()]),
    rows: z.number(),
    raw: z.number(),
    // JSON has no NaN.
    kappa: z
      .number()
      .nullable()
      .transform((kappa) => kappa ?? Number.NaN),
  }),
);

const keptShown = 3;
const droppedShown = 2;

/** Rows spread evenly over a stage's files: the same files give the same ones. Undefined where there are none. */
export async function readRowSamples(out: string, funnel: Funnel): Promise<RowSamples | undefined> {
  const ratings: Record<string, Record<string, RatingCount>> = {};
  const count = (row: unknown, fate: keyof RatingCount): void => {
    const parsed = instructionRowSchema.safeParse(row);
    for (const { judge, rating, status } of parsed.data?.judgments ?? []) {
      const key = rating === null ? status : String(rating);
      const own = (ratings[judge] ??= {});
      const { kept, dropped } = own[key] ?? { kept: 0, dropped: 0 };
      own[key] = { kept: kept + Number(fate === 'kept'), dropped: dropped + Number(fate === 'dropped') };
    }
  };
  try {
    const kept: InstructionRow[] = [];
    const wanted = new Set(evenly(funnel.kept, keptShown));
    let index = 0;
    for await (const row of rowsOf(join(out, rowsFileName), instructionRowSchema)) {
      if (wanted.has(index++)) kept.push(row);
      count(row, 'kept');
    }
    const dropped: Record<string, DroppedRow[]> = {};
    const places = new Map(
      Object.entries(funnel.dropped).map(([reason, all]) => [
        reason,
        { wanted: new Set(evenly(all, droppedShown)), next: 0 },
      ]),
    );
    for await (const row of rowsOf(join(out, droppedFileName), droppedRowSchema)) {
      const place = places.get(row.reason);
      if (place?.wanted.has(place.next++) === true) (dropped[row.reason] ??= []).push(row);
      count(row.row, 'dropped');
    }
    if (kept.length === 0 && Object.keys(dropped).length === 0) return undefined;
    return { kept, dropped, ratings, agreement: await readAgreement(out) };
  } catch (error) {
    // Somebody has changed or removed the files: the report goes without.
    if (BezoarError.isInstance(error)) return undefined;
    throw error;
  }
}

/** None of stages with one judge. */
async function readAgreement(out: string): Promise<readonly JudgeAgreement[]> {
  const found: unknown = await readJson(openFolder(out), agreementFileName).catch(() => undefined);
  return agreementSchema.safeParse(found).data ?? [];
}

async function* rowsOf<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): AsyncGenerator<z.output<Schema>> {
  if (!existsSync(path)) return;
  try {
    yield* streamRowsFile(path, schema);
  } catch (error) {
    if (!BezoarError.isInstance(error) || error.code !== 'EMPTY_DATASET') throw error;
  }
}
