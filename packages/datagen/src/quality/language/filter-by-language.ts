import { BezoarError, type InstructionRow } from '@bezoar/core';
import type { CleaningStep } from '../cleaning-step.ts';
import { dropRows } from '../drop-rows.ts';
import { rowTexts, type RowField } from '../row-field.ts';
import { guessLanguage } from './guess-language.ts';
import { scriptOfLanguage } from './scripts.ts';

export interface LanguageFilterOptions {
  /** ISO 639-1 codes. */
  readonly allow: readonly string[];
  /** Every field must be in an allowed language; instruction and response by default. Translations need fewer. */
  readonly fields?: readonly RowField[];
}

/**
 * Drops rows that are clearly in another language: in a script that no allowed language is written in, or in Latin script
 * in one of the seven languages known by their function words and not allowed. What cannot be told stays, and languages
 * that share another script are not told apart. Reason: `other-language`. Throws BezoarError BAD_CONFIG.
 */
export function filterByLanguage({
  allow,
  fields = ['instruction', 'response'],
}: LanguageFilterOptions): CleaningStep {
  const unknown = allow.find((language) => !scriptOfLanguage.has(language));
  if (allow.length === 0 || unknown !== undefined)
    throw new BezoarError(
      'BAD_CONFIG',
      unknown === undefined
        ? 'The language filter allows no language.'
        : `The language filter does not know ${unknown}.`,
      { advice: `It knows ${[...scriptOfLanguage.keys()].sort().join(', ')}.` },
    );
  const allowedScripts = new Set(allow.map((language) => scriptOfLanguage.get(language)));

  const rule = (row: InstructionRow): { reason: string; detail: string } | undefined => {
    for (const { field, text } of rowTexts(row, fields)) {
      const { script, language } = guessLanguage(text);
      if (script !== undefined && !allowedScripts.has(script))
        return { reason: 'other-language', detail: `${field}: script ${script}` };
      if (language !== undefined && !allow.includes(language))
        return { reason: 'other-language', detail: `${field}: ${language}` };
    }
    return undefined;
  };
  return { stage: 'language', run: (rows) => dropRows('language', rows, rule) };
}
