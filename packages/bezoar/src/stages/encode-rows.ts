import type { RunEvent } from '@bezoar/core';
import type { Tokenizer } from '@bezoar/model';
import { encodeExample, type EncodedExample, type RenderedRow } from '@bezoar/qlora';

export interface EncodeRowsOptions {
  readonly tokenizer: Tokenizer;
  readonly maxLength: number;
  /** For the warning. */
  readonly stage: string;
}

/** Examples in which nothing is left to learn are left out, and said so. */
export function encodeRows(
  rows: readonly RenderedRow[],
  { stage, ...options }: EncodeRowsOptions,
): { examples: EncodedExample[]; warnings: RunEvent[] } {
  const all = rows.map(({ spans, encoding }) => encodeExample(spans, { ...options, ...encoding }));
  const examples = all.filter(({ targetCount }) => targetCount > 0);
  const lost = all.length - examples.length;
  if (lost === 0) return { examples, warnings: [] };
  const message = `${lost} of ${all.length} rows have no room for a response in ${options.maxLength} tokens and were left out.`;
  return { examples, warnings: [{ type: 'warning', stage, message }] };
}
