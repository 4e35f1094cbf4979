import { BezoarError, type PreferencePair, type RunEvent } from '@bezoar/core';
import { preferenceRowSchema, toPreferencePairs } from '@bezoar/formats';
import { readJsonlFile } from '@bezoar/formats/node';
import type { PromptTemplate } from '@bezoar/qlora';

export interface ReadPairsOptions {
  /** Makes texts of rows that are conversations or instructions. */
  readonly template: PromptTemplate;
  /** Takes the first pairs only. */
  readonly limit?: number | undefined;
}

/** Preference pairs of a file, and how many of its rows are none, by reason. Throws BezoarError EMPTY_DATASET. */
export async function readPairs(
  path: string,
  { template, limit }: ReadPairsOptions,
): Promise<{ pairs: readonly PreferencePair[]; dropped: Readonly<Record<string, number>> }> {
  const { pairs, dropped } = toPreferencePairs(await readJsonlFile(path, preferenceRowSchema), {
    renderAnswer: (request, answer) => template.renderAnswer(request, answer),
    rendered: template.encoding.rendered,
  });
  if (pairs.length === 0) {
    throw new BezoarError('EMPTY_DATASET', `${path} has no preference pair: ${describeCounts(dropped)}.`, {
      advice: 'A row needs chosen and rejected, and a prompt unless both are transcripts.',
    });
  }
  return { pairs: pairs.slice(0, limit), dropped };
}

/** A warning about rows that were left out; nothing when there are none. */
export function droppedWarning(stage: string, dropped: Readonly<Record<string, number>>): RunEvent[] {
  if (Object.keys(dropped).length === 0) return [];
  return [
    {
      type: 'warning',
      stage,
      message: `Rows that are no preference were left out: ${describeCounts(dropped)}.`,
    },
  ];
}

function describeCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');
}
