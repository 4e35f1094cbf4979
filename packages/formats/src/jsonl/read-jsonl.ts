import { BezoarError } from '@bezoar/core';
import type { z } from 'zod';

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
  const rows: z.output<Schema>[] = [];
  for (const { place, value } of rawRows(text, what)) {
    const result = schema.safeParse(value);
    if (!result.success) {
      const problems = result.error.issues.map(({ path, message }) =>
        path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
      );
      throw new BezoarError('BAD_INPUT', `${what}, ${place}: ${problems.join('; ')}.`, {
        advice: 'Correct or remove the row.',
        data: { file: what, place, problems },
      });
    }
    rows.push(result.data);
  }
  if (rows.length === 0)
    throw new BezoarError('EMPTY_DATASET', `${what} has no rows.`, {
      advice: 'Check the path, or the step that wrote it.',
    });
  return rows;
}

function* rawRows(text: string, what: string): Generator<{ place: string; value: unknown }> {
  const clean = text.replace(/^\uFEFF/, '');
  if (clean.trimStart().startsWith('[')) {
    const all = parseJson(clean, what) as unknown[];
    for (const [index, value] of all.entries()) yield { place: `row ${index + 1}`, value };
    return;
  }
  for (const [index, line] of clean.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    yield { place: `line ${index + 1}`, value: parseJson(line, `${what}, line ${index + 1}`) };
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BezoarError('BAD_INPUT', `${what} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

/** Rows as JSON Lines text. */
export function formatJsonl(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
