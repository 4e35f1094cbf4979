import { BezoarError } from '@bezoar/core';
import type { z } from 'zod';
import { parseNullable } from '../parse-nullable.ts';

/** A value and where it stands: `line 3`, or `row 3` of an array. */
export interface Row {
  readonly place: string;
  readonly value: unknown;
}

export function isArrayText(text: string): boolean {
  return text.trimStart().startsWith('[');
}

export function parseArrayRows(text: string, what: string): Row[] {
  const all = parseJson(text, what) as unknown[];
  return all.map((value, index) => ({ place: `row ${index + 1}`, value }));
}

export interface Lines {
  /** The number of the first line. */
  readonly first: number;
  readonly what: string;
}

/** The lines that are not blank, as they are asked for. */
export function* parseLines(text: string, { first, what }: Lines): Generator<Row> {
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const place = `line ${first + index}`;
    yield { place, value: parseJson(line, `${what}, ${place}`) };
  }
}

/** A null that the schema does not take counts as absent. Throws BezoarError BAD_INPUT that names file, place and every problem. */
export function checkRow<Schema extends z.ZodType>(row: Row, schema: Schema, what: string): z.output<Schema> {
  const asIs = schema.safeParse(row.value);
  if (asIs.success) return asIs.data;
  const result = parseNullable(schema, row.value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
  );
  throw new BezoarError('BAD_INPUT', `${what}, ${row.place}: ${problems.join('; ')}.`, {
    advice: 'Correct or remove the row.',
    data: { file: what, place: row.place, problems },
  });
}

export function noRows(what: string): BezoarError {
  return new BezoarError('EMPTY_DATASET', `${what} has no rows.`, {
    advice: 'Check the path, or the step that wrote it.',
  });
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BezoarError('BAD_INPUT', `${what} is not JSON: ${(cause as Error).message}.`, {
      advice: 'Correct or remove the line.',
      cause,
    });
  }
}
