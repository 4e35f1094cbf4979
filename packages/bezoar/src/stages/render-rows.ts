import { BezoarError } from '@bezoar/core';
import type { TrainingRow } from '@bezoar/formats';
import type { PromptTemplate, RenderedRow } from '@bezoar/qlora';

export interface RenderRowsOptions {
  readonly template: PromptTemplate;
  /** Where the rows come from, for messages. */
  readonly path: string;
}

/** Rows as text to train on. Throws BezoarError BAD_INPUT that names the row that the template has no place for. */
export function renderRows(rows: readonly TrainingRow[], options: RenderRowsOptions): readonly RenderedRow[] {
  return rows.map((row, index) => renderRow(row, { ...options, number: index + 1 }));
}

/** The same of rows that come one by one, of which none is kept: whether the template has a place for each of them. */
export async function checkRendering(
  rows: AsyncIterable<TrainingRow>,
  options: RenderRowsOptions,
): Promise<void> {
  let number = 0;
  for await (const row of rows) renderRow(row, { ...options, number: ++number });
}

function renderRow(
  row: TrainingRow,
  { template, path, number }: RenderRowsOptions & { readonly number: number },
): RenderedRow {
  try {
    return template.renderRow(row);
  } catch (cause) {
    if (!BezoarError.isInstance(cause)) throw cause;
    throw new BezoarError(cause.code, `Row ${number} of ${path}: ${cause.message}`, {
      ...(cause.advice === undefined ? {} : { advice: cause.advice }),
      cause,
      data: { ...cause.data, row: number },
    });
  }
}
