import {
  BezoarError,
  hashText,
  instructionRowSchema,
  seedSchema,
  type InstructionRow,
  type Seed,
} from '@bezoar/core';
import { flanRowSchema, type FlanRow, type GenerationResult } from '@bezoar/datagen';
import { folderSink, streamRowsFiles, writeJsonlFile } from '@bezoar/formats/node';
import {
  instructionRowColumns,
  trainingRowSchema,
  writeJson,
  writeParquet,
  type TrainingRow,
} from '@bezoar/formats';
import { fromReleaseRow } from '@bezoar/judge';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const rowsFileName = 'rows.jsonl';
export const droppedFileName = 'dropped.jsonl';
export const funnelFileName = 'funnel.json';
/** Where the Hub looks for the rows of a split. */
export const parquetFileName = 'data/train-00000-of-00001.parquet';

export function readSeeds(files: readonly string[], limit?: number): Promise<Seed[]> {
  return readRows(files, seedSchema, limit);
}

/** One by one: they may be millions. */
export function streamFlanRows(files: readonly string[]): AsyncGenerator<FlanRow> {
  return streamRowsFiles(files, flanRowSchema);
}

/**
 * Rows of this project, those of the published OpenBezoar data sets, and those of dolly-15k and Alpaca: `context`/`input` joins the
 * instruction, `output` is a response.
 */
export function readInstructionRows(files: readonly string[]): Promise<InstructionRow[]> {
  return readRows(files, foreignRowSchema);
}

/** Rows to train on, in any of the usual columns: see `trainingRowSchema` of `@bezoar/formats`. */
export function readTrainingRows(files: readonly string[], limit?: number): Promise<TrainingRow[]> {
  return readRows(files, trainingRowSchema, limit);
}

/** Rows of evaluation documents, whatever their task's columns. */
export function readEvalRows(files: readonly string[]): Promise<Record<string, unknown>[]> {
  return readRows(files, evalRowSchema);
}

export const evalRowSchema: z.ZodType<Record<string, unknown>> = z.record(z.string(), z.unknown());

/** Rows of files that are one data set, in memory; files are read no further than the limit. Throws what `streamRowsFiles` throws. */
export async function readRows<Schema extends z.ZodType>(
  files: readonly string[],
  schema: Schema,
  limit: number = Infinity,
): Promise<z.output<Schema>[]> {
  const rows: z.output<Schema>[] = [];
  for await (const row of streamRowsFiles(files, schema)) if (rows.push(row) >= limit) break;
  return rows;
}

/** Reads all rows and keeps none. Throws what `streamRowsFiles` throws. */
export async function checkRows(files: readonly string[], schema: z.ZodType): Promise<void> {
  const rows = streamRowsFiles(files, schema);
  while ((await rows.next()).done !== true);
}

export const foreignRowSchema: z.ZodType<InstructionRow> = z.preprocess((value) => {
  if (typeof value !== 'object' || value === null) return value;
  const row = fromReleaseRow(value as Readonly<Record<string, unknown>>);
  const context = row['context'] ?? row['input'];
  const joined =
    typeof context === 'string' && context.trim() !== ''
      ? `${String(row['instruction'])}\n\n${context}`
      : row['instruction'];
  const response = row['response'] ?? row['output'];
  return {
    ...row,
    instruction: joined,
    response,
    id: row['id'] ?? hashText(`${String(joined)}\u0000${String(response)}`),
    source: row['source'] ?? 'file',
  };
}, instructionRowSchema);

/** One topic a line. */
export async function readTopics(files: readonly string[]): Promise<string[]> {
  const topics: string[] = [];
  for (const path of files) {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new BezoarError('NOT_FOUND', `There is no file ${path}.`, { advice: 'Check the path.', cause });
    });
    topics.push(...text.split(/\r?\n/).map((line) => line.trim()));
  }
  return topics.filter((line) => line !== '');
}

/** The rows of a stage again, as a Parquet file. */
export async function writeParquetRows(out: string): Promise<void> {
  const rows = await readInstructionRows([join(out, rowsFileName)]).catch((error: unknown) => {
    if (BezoarError.isInstance(error) && error.code === 'EMPTY_DATASET') return [];
    throw error;
  });
  await writeParquet(folderSink(out), parquetFileName, { rows, columns: instructionRowColumns });
}

/** What a generating or filtering stage leaves in its folder: rows, dropped rows with reasons, and the count of both. */
export async function writeRows(out: string, { rows, dropped, funnel }: GenerationResult): Promise<void> {
  await writeJsonlFile(join(out, rowsFileName), rows);
  await writeJsonlFile(join(out, droppedFileName), dropped);
  await writeJson(folderSink(out), funnelFileName, funnel);
}
