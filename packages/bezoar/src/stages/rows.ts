import {
  BezoarError,
  hashText,
  instructionRowSchema,
  seedSchema,
  type InstructionRow,
  type Seed,
} from '@bezoar/core';
import { flanRowSchema, type FlanRow, type GenerationResult } from '@bezoar/datagen';
import { folderSink, readRowsFile, writeJsonlFile } from '@bezoar/formats/node';
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
export const funnelFileName = 'funnel.json';
/** Where the Hub looks for the rows of a split. */
export const parquetFileName = 'data/train-00000-of-00001.parquet';

export function readSeeds(path: string, limit?: number): Promise<Seed[]> {
  return readRowsFile(path, seedSchema).then((rows) => rows.slice(0, limit));
}

export function readFlanRows(path: string): Promise<FlanRow[]> {
  return readRowsFile(path, flanRowSchema);
}

/**
 * Rows of this project, those of the published OpenBezoar data sets, and those of dolly-15k and Alpaca: `context`/`input` joins the
 * instruction, `output` is a response.
 */
export function readInstructionRows(path: string): Promise<InstructionRow[]> {
  return readRowsFile(path, foreignRowSchema);
}

/** Rows to train on, in any of the usual columns: see `trainingRowSchema` of `@bezoar/formats`. */
export function readTrainingRows(path: string): Promise<TrainingRow[]> {
  return readRowsFile(path, trainingRowSchema);
}

/** Rows of evaluation documents, whatever their task's columns. */
export function readEvalRows(path: string): Promise<Record<string, unknown>[]> {
  return readRowsFile(path, z.record(z.string(), z.unknown()));
}

const foreignRowSchema: z.ZodType<InstructionRow> = z.preprocess((value) => {
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
export async function readTopics(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new BezoarError('NOT_FOUND', `There is no file ${path}.`, { advice: 'Check the path.', cause });
  });
  const topics = text.split(/\r?\n/).map((line) => line.trim());
  return topics.filter((line) => line !== '');
}

/** The rows of a stage again, as a Parquet file. */
export async function writeParquetRows(out: string): Promise<void> {
  const rows = await readInstructionRows(join(out, rowsFileName)).catch((error: unknown) => {
    if (BezoarError.isInstance(error) && error.code === 'EMPTY_DATASET') return [];
    throw error;
  });
  await writeParquet(folderSink(out), parquetFileName, { rows, columns: instructionRowColumns });
}

/** What a generating or filtering stage leaves in its folder: rows, dropped rows with reasons, and the count of both. */
export async function writeRows(out: string, { rows, dropped, funnel }: GenerationResult): Promise<void> {
  await writeJsonlFile(join(out, rowsFileName), rows);
  await writeJsonlFile(join(out, 'dropped.jsonl'), dropped);
  await writeJson(folderSink(out), funnelFileName, funnel);
}
