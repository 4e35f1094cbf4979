import { z } from 'zod';

/** A turn of a conversation to train on. */
export interface TrainingTurn {
  readonly role: string;
  readonly content: string;
  /** False: the model does not learn to write this turn. Every assistant turn is learnt by default. */
  readonly train?: boolean | undefined;
}

/** Text, or the text parts of a message in pieces. */
const content = z.union(
  [
    z.string(),
    z
      .array(z.object({ type: z.literal('text'), text: z.string() }))
      .transform((parts) => parts.map(({ text }) => text).join('')),
  ],
  'content must be text: tool calls and images cannot be trained on',
);

/** Roles of ShareGPT files. */
const usualRoles: Readonly<Record<string, string>> = { human: 'user', gpt: 'assistant', bot: 'assistant' };

const turn = z.union(
  [
    z
      .object({
        role: z.string().min(1),
        content,
        weight: z.number().optional(),
        train: z.boolean().optional(),
      })
      .transform(
        ({ role, content: text, weight, train = weight === undefined ? undefined : weight > 0 }) => ({
          role,
          content: text,
          ...(train === undefined ? {} : { train }),
        }),
      ),
    z
      .object({ from: z.string().min(1), value: z.string() })
      .transform(({ from, value }) => ({ role: usualRoles[from] ?? from, content: value })),
  ],
  'a message needs role and content (text), or from and value',
);

/** A conversation, in the columns of OpenAI (`role`, `content`) or ShareGPT (`from`, `value`). */
export const turnsSchema: z.ZodType<readonly TrainingTurn[]> = z.array(turn).min(1, 'there is no message');
