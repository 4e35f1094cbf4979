import type { InstructionRow } from '@bezoar/core';

/** A row with what a test is about; the rest is filled in. */
export function instructionRow(row: Partial<InstructionRow>): InstructionRow {
  return { id: 'row', instruction: 'Say something.', response: 'Something.', source: 'test', ...row };
}
