import type { PreferencePair } from '@bezoar/core';
import type { PromptTemplate, RenderedRow } from '@bezoar/qlora';
import type { SftStage } from '../recipe/recipe.ts';
import { readPairs } from './preferences.ts';
import { renderRows } from './render-rows.ts';
import { readTrainingRows } from './rows.ts';
import type { StageContext } from './stage-context.ts';

export interface SftRowsOptions extends Pick<StageContext, 'files' | 'rowsFiles'> {
  readonly template: PromptTemplate;
}

export interface SftRows {
  readonly rows: readonly RenderedRow[];
  /** Rows that are no preference pairs, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** What a stage trains on, as text: its first rows, or the prompts and chosen answers of its first preference pairs. */
export async function readSftRows(
  { rows, preferences, limit }: Pick<SftStage, 'rows' | 'preferences' | 'limit'>,
  { template, files, rowsFiles }: SftRowsOptions,
): Promise<SftRows> {
  if (rows !== undefined)
    return {
      rows: renderRows(await readTrainingRows(rowsFiles(rows), limit), { template, path: rows }),
      dropped: {},
    };
  const { pairs, dropped } = await readPairs(files(preferences!), { template, limit });
  return { rows: pairs.map(renderChosen), dropped };
}

/** Prompt → chosen. */
export function renderChosen({ prompt, chosen, rendered = false }: PreferencePair): RenderedRow {
  return {
    spans: [
      { text: prompt, target: false },
      { text: chosen, target: true },
    ],
    encoding: { addBos: !rendered, addEos: !rendered, rendered },
  };
}

/** Tokens that an example may have. */
export function sftMaxLength(
  maxLength: number | undefined,
  model: { readonly maxPositionEmbeddings: number },
): number {
  return Math.min(maxLength ?? 1024, model.maxPositionEmbeddings);
}
