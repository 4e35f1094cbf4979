import { BezoarError } from '@bezoar/core';
import { z } from 'zod';

/** A line of FastChat's `question.jsonl`. */
export interface MtBenchQuestion {
  readonly question_id: number;
  /** `writing`, `roleplay`, `reasoning`, `math`, `coding`, `extraction`, `stem`, `humanities` in MT-Bench. */
  readonly category: string;
  /** One or two: what the user says first, and what after the first answer. */
  readonly turns: readonly string[];
}

/** A line of FastChat's `question.jsonl`. */
export const mtBenchQuestionSchema: z.ZodType<MtBenchQuestion> = z.object({
  question_id: z.number().int(),
  category: z.string().min(1),
  turns: z.array(z.string().min(1)).min(1).max(2),
});

/** Throws BezoarError EMPTY_DATASET, and BAD_INPUT when two questions have one id. */
export function checkQuestions(questions: readonly MtBenchQuestion[]): void {
  if (questions.length === 0) throw new BezoarError('EMPTY_DATASET', 'There are no questions.');
  const seen = new Set<number>();
  for (const { question_id: id } of questions) {
    if (seen.has(id))
      throw new BezoarError('BAD_INPUT', `Two questions have the id ${id}.`, {
        advice: 'Give one of them another id.',
      });
    seen.add(id);
  }
}

/** Categories that are judged beside a reference answer. */
const referenceCategories: readonly string[] = ['math', 'reasoning', 'coding'];

export function needsReference({ category }: Pick<MtBenchQuestion, 'category'>): boolean {
  return referenceCategories.includes(category);
}
