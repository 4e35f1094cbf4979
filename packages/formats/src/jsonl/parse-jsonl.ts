import type { z } from 'zod';
import { checkRow, isArrayText, noRows, parseArrayRows, parseLines } from './jsonl-rows.ts';

export interface ReadJsonlOptions {
  /** For messages: the file's name. */
  readonly what: string;
}

/**
 * Rows of JSON Lines text (or of one JSON array), each checked against a schema. A byte order mark, CRLF and blank lines
 * are accepted. Throws BezoarError BAD_INPUT that names the line, EMPTY_DATASET when there is no row at all.
 */
export function parseJsonl<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  { what }: ReadJsonlOptions,
): z.output<Schema>[] {
  const clean = text.replace(/^\uFEFF/, '');
  const rows: z.output<Schema>[] = [];
  for (const row of isArrayText(clean) ? parseArrayRows(clean, what) : parseLines(clean, { first: 1, what }))
    rows.push(checkRow(row, schema, what));
  if (rows.length === 0) throw noRows(what);
  return rows;
}
