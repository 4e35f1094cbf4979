import { hashText, type ChatMessage, type InstructionRow } from '@bezoar/core';
import { z } from 'zod';
import { ratingSchema } from './rating-schema.ts';

/** What a judge is asked. Replace it for other tastes; the reply format stays. */
export interface Rubric {
  /** Lowest and highest rating. */
  readonly scale: readonly [number, number];
  /** What makes a response good, one sentence each. */
  readonly criteria: readonly string[];
}

/** 1 to 10; clear, complete, true, and as long as the task needs. */
export const defaultRubric: Rubric = {
  scale: [1, 10],
  criteria: [
    'The instruction is clear and can be answered.',
    'The response does what the instruction asks, all of it.',
    'What the response says is true; it agrees with the reference answer where there is one.',
    'The response is as long as the task needs, and free of refusals, repetition and leftovers of a prompt.',
  ],
};

/** What a judge is shown of a row. */
export type JudgedAnswer = Pick<InstructionRow, 'instruction' | 'response' | 'system' | 'reference'>;

/** Reply format of the judge: one JSON object. */
export interface Verdict {
  readonly status: 'accept' | 'reject';
  readonly rating: number;
  readonly reason: string;
}

/** The reply that a judge is asked for, its rating on the scale of the rubric. */
export function verdictSchema({ scale }: Rubric): z.ZodType<Verdict> {
  return z.object({
    // Some judges write "Accept".
    status: z.preprocess(lowerCase, z.enum(['accept', 'reject'])),
    rating: ratingSchema(scale),
    reason: z.string().min(1),
  });
}

function lowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value;
}

/** The human proxy's prompt: `{system}`, `{instruction}`, `{response}` and `{reference}` are shown under their names. */
export function judgeMessages(row: JudgedAnswer, { scale: [low, high], criteria }: Rubric): ChatMessage[] {
  const system = `You stand in for a careful human who checks training data for an assistant.
You see an instruction and a response. Judge the response by these criteria:
${criteria.map((criterion) => `- ${criterion}`).join('\n')}
Reply with one JSON object and nothing else:
{"status": "accept" or "reject", "rating": a number from ${low} (useless) to ${high} (flawless), "reason": "one sentence"}`;
  const parts = [
    ...(row.system === undefined ? [] : [`[System]\n${row.system}`]),
    `[Instruction]\n${row.instruction}`,
    `[Response]\n${row.response}`,
    ...(row.reference === undefined ? [] : [`[Reference answer]\n${row.reference}`]),
  ];
  return [
    { role: 'system', content: system },
    { role: 'user', content: parts.join('\n\n') },
  ];
}

/** Over the prompt's wording with placeholders in the gaps: rows judged by another one are another data set. */
export function rubricHash(rubric: Rubric = defaultRubric): string {
  const row = { instruction: '{instruction}', response: '{response}' };
  return hashText(
    JSON.stringify(judgeMessages({ ...row, system: '{system}', reference: '{reference}' }, rubric)),
  );
}
