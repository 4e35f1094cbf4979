import { hashText, preferencePairSchema, type PreferencePair } from '@bezoar/core';
import { z } from 'zod';

/** A row of Anthropic/hh-rlhf: two whole transcripts. */
export interface HhRlhfRow {
  readonly chosen: string;
  readonly rejected: string;
}

export type HhProblem = 'no-assistant-turn' | 'prompts-differ' | 'empty-completion' | 'same-completion';

const marker = '\n\nAssistant:';

/**
 * The prompt is the chosen transcript up to and including its last "\n\nAssistant:"; the completions are what follows in
 * both (Mitchell's reference code for DPO). A row that cannot be split so gives a reason instead.
 */
export function parseHhRlhf({ chosen, rejected }: HhRlhfRow): PreferencePair | HhProblem {
  const end = chosen.lastIndexOf(marker);
  if (end < 0) return 'no-assistant-turn';
  const prompt = chosen.slice(0, end + marker.length);
  if (!rejected.startsWith(prompt)) return 'prompts-differ';
  const pair = { prompt, chosen: chosen.slice(prompt.length), rejected: rejected.slice(prompt.length) };
  if (pair.chosen.trim() === '' || pair.rejected.trim() === '') return 'empty-completion';
  if (pair.chosen === pair.rejected) return 'same-completion';
  return { id: hashText(`${chosen}\u0000${rejected}`), ...pair, source: 'hh-rlhf' };
}

export type PreferenceRow = ExplicitRow | HhRlhfRow;

interface ExplicitRow extends HhRlhfRow {
  readonly id?: string | undefined;
  readonly prompt: string;
  readonly source?: string | undefined;
}

const sides = { chosen: z.string(), rejected: z.string() };

/** Rows that preference files hold: `{ prompt, chosen, rejected }`, or HH-RLHF transcripts without a prompt. */
export const preferenceRowSchema: z.ZodType<PreferenceRow> = z.union([
  z.object({ ...sides, id: z.string().optional(), prompt: z.string(), source: z.string().optional() }),
  z.object(sides),
]);

export interface PreferencePairs {
  readonly pairs: readonly PreferencePair[];
  /** Count per reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Pairs of both kinds of rows; rows that are no preference are counted by reason. */
export function toPreferencePairs(rows: readonly PreferenceRow[]): PreferencePairs {
  const pairs: PreferencePair[] = [];
  const dropped: Record<string, number> = {};
  for (const row of rows) {
    const pair = 'prompt' in row ? explicitPair(row) : parseHhRlhf(row);
    if (typeof pair === 'string') dropped[pair] = (dropped[pair] ?? 0) + 1;
    else pairs.push(pair);
  }
  return { pairs, dropped };
}

function explicitPair(row: ExplicitRow): PreferencePair | HhProblem {
  if (row.chosen.trim() === '' || row.rejected.trim() === '') return 'empty-completion';
  if (row.chosen === row.rejected) return 'same-completion';
  return preferencePairSchema.parse({
    ...row,
    id: row.id ?? hashText(`${row.prompt}\u0000${row.chosen}\u0000${row.rejected}`),
  });
}
