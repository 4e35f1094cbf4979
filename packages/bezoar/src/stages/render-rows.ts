import { BezoarError } from '@bezoar/core';
import type { TrainingRow } from '@bezoar/formats';
import type { PromptTemplate, RenderedRow } from '@bezoar/qlora';

export interface RenderRowsOptions {
  readonly template: PromptTemplate;
  /** Where the rows come from, for messages. */
  readonly path: string;
}

/** Rows as text to train on. Throws BezoarError BAD_INPUT that names the row that the template has no place for. */
export function renderRows(
  rows: readonly TrainingRow[],
  { template, path }: RenderRowsOptions,
): readonly RenderedRow[] {
  return rows.map((row, index) => {
    try {
      return template.renderRow(row);
    } catch (cause) {
      if (!BezoarError.isInstance(cause)) throw cause;
      throw new BezoarError(cause.code, `Row ${index + 1} of ${path}: ${cause.message}`, {
        ...(cause.advice === undefined ? {} : { advice: cause.advice }),
        cause,
        data: { ...cause.data, row: index + 1 },
      });
    }
  });
}
