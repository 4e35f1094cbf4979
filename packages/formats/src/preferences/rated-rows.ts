import { hashText, type PreferencePair, type RatedCompletion } from '@bezoar/core';
import { z } from 'zod';
import { turnsSchema, type TrainingTurn } from '../training-rows/turns.ts';
import {
  preferenceRowSchema,
  toPreferencePairs,
  type PairOptions,
  type PreferenceRow,
} from './preference-rows.ts';

export type RatedRow = RatedTextRow | RatedConversationRow | PreferenceRow;

interface RatedTextRow {
  readonly id?: string | undefined;
  readonly prompt: string;
  readonly completion: string;
  readonly label: boolean;
  readonly rendered?: boolean | undefined;
  readonly source?: string | undefined;
}

interface RatedConversationRow {
  readonly id?: string | undefined;
  readonly turns: readonly TrainingTurn[];
  readonly completion: string;
  readonly label: boolean;
}

const id = z.string().optional();
const label = z.boolean('label must be true or false');

const ratedText = z.object({
  id,
  prompt: z.string(),
  completion: z.string(),
  label,
  rendered: z.boolean().optional(),
  source: z.string().optional(),
});

const ratedConversation = z
  .object({ id, prompt: turnsSchema, completion: turnsSchema, label })
  .refine(
    ({ completion }) => completion.length === 1 && completion[0]!.role === 'assistant',
    'completion must be one message of the assistant',
  )
  .transform(({ id: own, prompt, completion, label: good }): RatedConversationRow => ({
    ...(own === undefined ? {} : { id: own }),
    turns: prompt,
    completion: completion[0]!.content,
    label: good,
  }));

/**
 * Rows that KTO learns from: `prompt`, `completion` and `label` (TRL's unpaired preferences), as texts or as messages; or any row
 * that `preferenceRowSchema` takes, of which each answer is one.
 */
export const ratedRowSchema: z.ZodType<RatedRow> = z.union([
  ratedText,
  ratedConversation,
  preferenceRowSchema,
]);

export interface RatedCompletions {
  readonly rows: readonly RatedCompletion[];
  /** Count per reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Rated completions of all kinds of rows, a pair being a good and a bad one; rows that are none are counted by reason. */
export function toRatedCompletions(rows: readonly RatedRow[], options: PairOptions = {}): RatedCompletions {
  const made: RatedCompletion[] = [];
  const dropped: Record<string, number> = {};
  const drop = (reason: string): void => void (dropped[reason] = (dropped[reason] ?? 0) + 1);
  for (const row of rows) {
    if ('label' in row) {
      const rated = toRated(row, options);
      if (typeof rated === 'string') drop(rated);
      else made.push(rated);
      continue;
    }
    const { pairs, dropped: reasons } = toPreferencePairs([row], options);
    made.push(...pairs.flatMap(splitPair));
    Object.keys(reasons).forEach(drop);
  }
  return { rows: made, dropped };
}

function toRated(
  row: RatedTextRow | RatedConversationRow,
  { renderAnswer, rendered }: PairOptions,
): RatedCompletion | 'empty-completion' | 'no-template' {
  if (row.completion.trim() === '') return 'empty-completion';
  if ('prompt' in row) return { ...row, id: row.id ?? ratedId(row.prompt, row.completion) };
  if (renderAnswer === undefined) return 'no-template';
  const { prompt, completion } = renderAnswer(row, row.completion);
  return {
    id: row.id ?? ratedId(prompt, completion),
    prompt,
    completion,
    label: row.label,
    ...(rendered === true ? { rendered } : {}),
  };
}

function splitPair({ chosen, rejected, ...rest }: PreferencePair): RatedCompletion[] {
  return [
    { ...rest, id: `${rest.id}-chosen`, completion: chosen, label: true },
    { ...rest, id: `${rest.id}-rejected`, completion: rejected, label: false },
  ];
}

function ratedId(prompt: string, completion: string): string {
  return hashText(`${prompt}\u0000${completion}`);
}
