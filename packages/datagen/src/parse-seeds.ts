import { BezoarError, hashText, parseOrThrow, seedSchema, type Seed } from '@bezoar/core';

/**
 * Rows of dolly-15k, Alpaca or plain `{ instruction }` objects as seeds. Throws BezoarError EMPTY_DATASET, or BAD_INPUT that
 * names the first bad row: before any call is paid for.
 */
export function parseSeeds(rows: readonly unknown[], { what }: { readonly what: string }): Seed[] {
  if (rows.length === 0)
    throw new BezoarError('EMPTY_DATASET', `${what} has no rows.`, { advice: 'Give at least a few seeds.' });
  return rows.map((row, index) =>
    parseOrThrow(seedSchema, row, {
      what: `Row ${index + 1} of ${what}`,
      code: 'BAD_INPUT',
      advice: 'Correct or remove the row.',
    }),
  );
}

/** A seed as one instruction: its context after a blank line, when it has one. */
export function seedText({ instruction, context }: Seed): string {
  return context === '' ? instruction : `${instruction}\n\n${context}`;
}

/** What the rows that are evolved from a seed name as their parent. */
export function seedId(seed: Seed): string {
  return hashText(`seed\u0000${seedText(seed)}`);
}
