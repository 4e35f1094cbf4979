import { BezoarError, type PreferencePair, type RatedCompletion, type RunEvent } from '@bezoar/core';
import {
  preferenceRowSchema,
  ratedRowSchema,
  toPreferencePairs,
  toRatedCompletions,
  type PairOptions,
  type PreferencePairs,
  type PreferenceRow,
} from '@bezoar/formats';
import type { PromptTemplate } from '@bezoar/qlora';
import { readRows } from './rows.ts';

export interface ReadPairsOptions {
  /** Makes texts of rows that are conversations or instructions. */
  readonly template: PromptTemplate;
  /** Takes the first pairs, or rated completions, only. */
  readonly limit?: number | undefined;
}

type Counts = Readonly<Record<string, number>>;

/** Preference pairs of files, and how many of its rows are none, by reason. Throws BezoarError EMPTY_DATASET. */
export async function readPairs(
  files: readonly string[],
  { template, limit }: ReadPairsOptions,
): Promise<{ pairs: readonly PreferencePair[]; dropped: Counts }> {
  const { pairs, dropped } = pairsOf(await readRows(files, preferenceRowSchema), template);
  if (pairs.length === 0) {
    throw new BezoarError(
      'EMPTY_DATASET',
      `${files.join(', ')} has no preference pair: ${describeCounts(dropped)}.`,
      {
        advice: 'A row needs chosen and rejected, and a prompt unless both are transcripts.',
      },
    );
  }
  return { pairs: pairs.slice(0, limit), dropped };
}

/** Preference pairs of rows. */
export function pairsOf(rows: readonly PreferenceRow[], template: PromptTemplate): PreferencePairs {
  return toPreferencePairs(rows, pairOptions(template));
}

/** Rated completions of files, of pairs as well, and how many of its rows are none, by reason. Throws BezoarError EMPTY_DATASET. */
export async function readRated(
  files: readonly string[],
  { template, limit }: ReadPairsOptions,
): Promise<{ rows: readonly RatedCompletion[]; dropped: Counts }> {
  const all = await readRows(files, ratedRowSchema);
  const { rows, dropped } = toRatedCompletions(all, pairOptions(template));
  if (rows.length === 0) {
    throw new BezoarError(
      'EMPTY_DATASET',
      `${files.join(', ')} has no rated completion: ${describeCounts(dropped)}.`,
      {
        advice: 'A row needs prompt, completion and label, or a prompt, chosen and rejected.',
      },
    );
  }
  return { rows: rows.slice(0, limit), dropped };
}

function pairOptions(template: PromptTemplate): PairOptions {
  return {
    renderAnswer: (request, answer) => template.renderAnswer(request, answer),
    rendered: template.encoding.rendered,
  };
}

/** A warning about rows that were left out; nothing when there are none. */
export function droppedWarning(stage: string, dropped: Counts): RunEvent[] {
  if (Object.keys(dropped).length === 0) return [];
  return [
    {
      type: 'warning',
      stage,
      message: `Rows that are no preference were left out: ${describeCounts(dropped)}.`,
    },
  ];
}

function describeCounts(counts: Counts): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');
}
