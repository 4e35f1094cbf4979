import { z } from 'zod';

/** Why a verdict is missing. FastChat writes score −1, or the winner "error", for all of them. */
export type MissingVerdict =
  /** The judge's reply holds no verdict, or several. */
  | 'unreadable'
  | 'refused'
  | 'truncated'
  | 'rejected-by-provider'
  /** The judge did not answer in all of its tries. */
  | 'unavailable'
  /** The model did not answer the question: there is nothing to judge. */
  | 'no-answer';

const missingVerdictSchema: z.ZodType<MissingVerdict> = z.enum([
  'unreadable',
  'refused',
  'truncated',
  'rejected-by-provider',
  'unavailable',
  'no-answer',
]);

interface Judged {
  readonly question_id: number;
  /** Names of the judge and of its prompt. */
  readonly judge: readonly [judge: string, prompt: string];
  readonly turn: 1 | 2;
  /** Seconds since 1970. */
  readonly tstamp: number;
  /** Not in FastChat's files. */
  readonly missing?: MissingVerdict | undefined;
}

/** A line of FastChat's `model_judgment/JUDGE_single.jsonl`. */
export interface SingleJudgment extends Judged {
  readonly model: string;
  readonly user_prompt: string;
  readonly judgment: string;
  /** 1–10; −1: there is none. */
  readonly score: number;
}

export type PairWinner = 'model_1' | 'model_2' | 'tie' | 'error';

/** A line of FastChat's `model_judgment/JUDGE_pair.jsonl`: two games, the second with the answers exchanged. */
export interface PairJudgment extends Judged {
  readonly model_1: string;
  readonly model_2: string;
  readonly g1_winner: PairWinner;
  readonly g2_winner: PairWinner;
  readonly g1_user_prompt: string;
  readonly g1_judgment: string;
  readonly g2_user_prompt: string;
  readonly g2_judgment: string;
}

const judged = {
  question_id: z.number().int(),
  judge: z.tuple([z.string(), z.string()]),
  turn: z.union([z.literal(1), z.literal(2)]),
  tstamp: z.number(),
  missing: missingVerdictSchema.optional(),
};

/** A line of FastChat's `model_judgment/JUDGE_single.jsonl`; a score of −1 is a missing verdict. */
export const singleJudgmentSchema: z.ZodType<SingleJudgment> = z.object({
  ...judged,
  model: z.string().min(1),
  user_prompt: z.string(),
  judgment: z.string(),
  score: z.number(),
});

const winner = z.enum(['model_1', 'model_2', 'tie', 'error']);

/** A line of FastChat's `model_judgment/JUDGE_pair.jsonl`: both orders of one pair. */
export const pairJudgmentSchema: z.ZodType<PairJudgment> = z.object({
  ...judged,
  model_1: z.string().min(1),
  model_2: z.string().min(1),
  g1_winner: winner,
  g2_winner: winner,
  g1_user_prompt: z.string(),
  g1_judgment: z.string(),
  g2_user_prompt: z.string(),
  g2_judgment: z.string(),
});

/** Whether the judge gave no verdict that can be read; such a line enters no mean. */
export function isMissing(judgment: SingleJudgment | PairJudgment): boolean {
  return 'score' in judgment
    ? judgment.score === -1
    : judgment.g1_winner === 'error' || judgment.g2_winner === 'error';
}

/** What FastChat writes for a judge that did not answer. */
const failedJudgment = '$ERROR$';

/** Why a line has no verdict; lines of FastChat do not say. Undefined where there is one. */
export function missingReason(judgment: SingleJudgment | PairJudgment): MissingVerdict | undefined {
  if (!isMissing(judgment)) return undefined;
  const texts = 'score' in judgment ? [judgment.judgment] : [judgment.g1_judgment, judgment.g2_judgment];
  return judgment.missing ?? (texts.includes(failedJudgment) ? 'unavailable' : 'unreadable');
}

/** What was judged: two lines with the same key are one verdict, given twice. */
export function judgmentKey(judgment: SingleJudgment | PairJudgment): string {
  const models = 'score' in judgment ? [judgment.model] : [judgment.model_1, judgment.model_2];
  return JSON.stringify([judgment.question_id, judgment.turn, ...models]);
}

/**
 * One line for each key: the last one that has a verdict, or the last one. FastChat appends when it runs again, and counts
 * such lines twice.
 */
export function dropRepeats<Line extends SingleJudgment | PairJudgment>(
  judgments: readonly Line[],
): { readonly judgments: readonly Line[]; readonly repeats: number } {
  const kept = new Map<string, Line>();
  for (const judgment of judgments) {
    const key = judgmentKey(judgment);
    const known = kept.get(key);
    if (known === undefined || isMissing(known) || !isMissing(judgment)) kept.set(key, judgment);
  }
  return { judgments: [...kept.values()], repeats: judgments.length - kept.size };
}
