import type { ChatMessage } from '@bezoar/core';
import { z } from 'zod';

/** Two answers to one instruction. */
export interface AnswerPair {
  readonly id: string;
  readonly instruction: string;
  readonly system?: string | undefined;
  /** A gold answer that both are checked against. */
  readonly reference?: string | undefined;
  readonly a: string;
  readonly b: string;
}

/** What makes one answer better than another, one sentence each. */
export const defaultPairCriteria: readonly string[] = [
  'It does more of what the instruction asks, and nothing that was not asked for.',
  'What it says is true; it agrees with the reference answer where there is one.',
  'It is clear, and as long as the task needs: longer is not better.',
];

/** Reply format of the judge: one JSON object. The reason comes first, so that the winner follows from it. */
export interface PairVerdict {
  readonly reason: string;
  readonly winner: 'first' | 'second' | 'tie';
}

/** The reply that a judge of two answers is asked for. */
export const pairVerdictSchema: z.ZodType<PairVerdict> = z.object({
  reason: z.string(),
  winner: z.preprocess(
    (value) => (typeof value === 'string' ? value.trim().toLowerCase() : value),
    z.enum(['first', 'second', 'tie']),
  ),
});

export interface ShownPair extends Pick<AnswerPair, 'instruction' | 'system' | 'reference'> {
  readonly first: string;
  readonly second: string;
}

/** The prompt of one game: which answer stands first is the caller's business. */
export function pairMessages(
  pair: ShownPair,
  criteria: readonly string[] = defaultPairCriteria,
): ChatMessage[] {
  const { system, instruction, reference, first, second } = pair;
  const task = `You compare two answers to the same instruction and say which one a careful person would rather have.
An answer is better when:
${criteria.map((criterion) => `- ${criterion}`).join('\n')}
The order in which they stand, their length and their tone decide nothing. Say "tie" only when neither is better.
Reply with one JSON object and nothing else:
{"reason": "what sets them apart, in one or two sentences", "winner": "first", "second" or "tie"}`;
  const parts = [
    ...(system === undefined ? [] : [`[System]\n${system}`]),
    `[Instruction]\n${instruction}`,
    ...(reference === undefined ? [] : [`[Reference answer]\n${reference}`]),
    `[First answer]\n${first}`,
    `[Second answer]\n${second}`,
  ];
  return [
    { role: 'system', content: task },
    { role: 'user', content: parts.join('\n\n') },
  ];
}
