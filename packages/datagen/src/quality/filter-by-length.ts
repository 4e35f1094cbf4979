import { BezoarError, type InstructionRow } from '@bezoar/core';
import type { CleaningStep } from './cleaning-step.ts';
import { dropRows } from './drop-rows.ts';
import { rowTexts, type RowField } from './row-field.ts';
import { words } from './words.ts';

export interface LengthLimits {
  /** Inclusive. Words of any script; a character of Chinese, Japanese or Thai counts as one. */
  readonly minWords?: number;
  readonly maxWords?: number;
  /** Inclusive, in Unicode code points after trimming. */
  readonly minChars?: number;
  readonly maxChars?: number;
  /** Every field must be within the limits; the response by default. */
  readonly fields?: readonly RowField[];
}

/** Drops rows by the length of their texts. Reasons: `too-short`, `too-long`. Throws BezoarError BAD_CONFIG. */
export function filterByLength(limits: LengthLimits): CleaningStep {
  const measures = [
    {
      unit: 'words',
      least: limits.minWords,
      most: limits.maxWords,
      measure: (text: string) => words(text).length,
    },
    { unit: 'characters', least: limits.minChars, most: limits.maxChars, measure: countCharacters },
  ].filter(({ least, most }) => least !== undefined || most !== undefined);
  for (const { unit, least = 0, most = Infinity } of measures) {
    if (least >= 0 && least <= most) continue;
    throw new BezoarError('BAD_CONFIG', `No text has at least ${least} and at most ${most} ${unit}.`);
  }
  if (measures.length === 0)
    throw new BezoarError('BAD_CONFIG', 'The length filter has no limit.', {
      advice: 'Give minWords, maxWords, minChars or maxChars.',
    });

  const rule = (row: InstructionRow): { reason: string; detail: string } | undefined => {
    for (const { field, text } of rowTexts(row, limits.fields ?? ['response'])) {
      for (const { unit, least = 0, most = Infinity, measure } of measures) {
        const length = measure(text);
        if (length < least)
          return { reason: 'too-short', detail: `${field}: ${length} ${unit}, at least ${least}` };
        if (length > most)
          return { reason: 'too-long', detail: `${field}: ${length} ${unit}, at most ${most}` };
      }
    }
    return undefined;
  };
  return { stage: 'length', run: (rows) => dropRows('length', rows, rule) };
}

function countCharacters(text: string): number {
  return Array.from(text.trim()).length;
}
