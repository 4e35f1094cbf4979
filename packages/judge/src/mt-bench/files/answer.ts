import { z } from 'zod';

/** A line of FastChat's `model_answer/MODEL.jsonl` and `reference_answer/JUDGE.jsonl`. */
export interface MtBenchAnswer {
  readonly question_id: number;
  readonly answer_id: string;
  readonly model_id: string;
  /** The first one is judged. */
  readonly choices: readonly { readonly index: number; readonly turns: readonly string[] }[];
  /** Seconds since 1970. */
  readonly tstamp: number;
}

/** A line of FastChat's `model_answer/NAME.jsonl`. */
export const mtBenchAnswerSchema: z.ZodType<MtBenchAnswer> = z.object({
  question_id: z.number().int(),
  answer_id: z.string(),
  model_id: z.string().min(1),
  choices: z.array(z.object({ index: z.number().int(), turns: z.array(z.string()) })).min(1),
  tstamp: z.number(),
});

export interface AnswerIndex {
  /** In the order in which they first appear. */
  readonly models: readonly string[];
  /** The turns of an answer; undefined when there is none. */
  turns(model: string, questionId: number): readonly string[] | undefined;
  /** Answers that a later one of the same model to the same question replaced: FastChat appends when it runs again. */
  readonly replaced: number;
}

/** What FastChat writes in the place of an answer that failed. */
const failedTexts: readonly string[] = ['ERROR', '$ERROR$'];

/** Answers by model and question. A failed answer is none: nobody should grade the word for it. */
export function indexAnswers(answers: readonly MtBenchAnswer[]): AnswerIndex {
  const byModel = new Map<string, Map<number, readonly string[]>>();
  let replaced = 0;
  for (const { model_id: model, question_id: id, choices } of answers) {
    const known = byModel.get(model) ?? new Map<number, readonly string[]>();
    byModel.set(model, known);
    if (known.has(id)) replaced++;
    const { turns } = choices[0]!;
    known.set(id, turns.some((turn) => failedTexts.includes(turn)) ? [] : turns);
  }
  return {
    models: [...byModel.keys()],
    turns: (model, id) => byModel.get(model)?.get(id),
    replaced,
  };
}
