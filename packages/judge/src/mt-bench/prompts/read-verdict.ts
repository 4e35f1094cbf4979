import { z } from 'zod';
import { ratingSchema } from '../../rubric/rating-schema.ts';

/**
 * How `[[…]]` is read. `strict`: the last mark of the reply, which must be a verdict on the scale. `fastchat`: the first that looks
 * like one, for ratings also in single brackets, wherever it stands; for numbers that shall be FastChat's.
 */
export type MarkReading = 'strict' | 'fastchat';

/** Scale of MT-Bench. */
export const ratingScale = [1, 10] as const;

export type ShownWinner = 'A' | 'B' | 'tie';

/** Null when the text holds no rating. */
export function readRatingMark(text: string, reading: MarkReading): number | null {
  if (reading === 'fastchat') {
    const found = /\[\[(\d+\.?\d*)\]\]/.exec(text) ?? /\[(\d+\.?\d*)\]/.exec(text);
    return found === null ? null : Number(found[1]);
  }
  const mark = lastMark(text);
  if (mark === undefined || !/^\d+(?:\.\d+)?$/.test(mark)) return null;
  const rating = Number(mark);
  return rating >= ratingScale[0] && rating <= ratingScale[1] ? rating : null;
}

const winners: Readonly<Record<string, ShownWinner>> = { A: 'A', B: 'B', C: 'tie' };

/** Null when the text names no winner. */
export function readWinnerMark(text: string, reading: MarkReading): ShownWinner | null {
  const mark =
    reading === 'strict'
      ? lastMark(text)?.toUpperCase()
      : Object.keys(winners).find((letter) => text.includes(`[[${letter}]]`));
  return mark !== undefined && Object.hasOwn(winners, mark) ? winners[mark]! : null;
}

/** What a judge quotes on its way stands before its verdict. */
function lastMark(text: string): string | undefined {
  return [...text.matchAll(/\[\[([^[\]]*)\]\]/g)].at(-1)?.[1]?.trim();
}

/** Reply format of this project's own prompts. */
export const singleReplySchema: z.ZodType<{ readonly rating: number }> = z.object({
  explanation: z.string(),
  rating: ratingSchema(ratingScale),
});

export const pairReplySchema: z.ZodType<{ readonly winner: ShownWinner }> = z.object({
  explanation: z.string(),
  winner: z.preprocess(
    (value) =>
      typeof value !== 'string' ? value : /^tie$/i.test(value.trim()) ? 'tie' : value.trim().toUpperCase(),
    z.enum(['A', 'B', 'tie']),
  ),
});
