import type { InstructionRow } from '@bezoar/core';

/** A text of a row that a filter can look at. */
export type RowField = 'system' | 'instruction' | 'response' | 'reference';

/** The texts of the wanted fields that the row has. */
export function rowTexts(
  row: InstructionRow,
  fields: readonly RowField[],
): { field: RowField; text: string }[] {
  return fields.flatMap((field) => {
    const text = row[field];
    return text === undefined || text === '' ? [] : [{ field, text }];
  });
}
