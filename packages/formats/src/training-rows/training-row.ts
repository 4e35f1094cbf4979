import { z } from 'zod';
import { turnsSchema as turns, type TrainingTurn } from './turns.ts';

/** A row of supervised fine-tuning, whatever columns it came in. */
export type TrainingRow =
  | {
      readonly kind: 'instruction';
      readonly system?: string | undefined;
      readonly instruction: string;
      /** What the instruction is about, where it stands apart (Alpaca's `input`, dolly's `context`). */
      readonly input?: string | undefined;
      readonly response: string;
    }
  | { readonly kind: 'conversation'; readonly turns: readonly TrainingTurn[] }
  /** Text as it is: no template is put around it, and only the completion is learnt. */
  | { readonly kind: 'text'; readonly prompt: string; readonly completion: string };

const filled = z.string().min(1, 'it is empty');
const optionalText = z.string().nullish();

/** By how each says that it is meant; the first that fits a row reads it. */
const readers: readonly { readonly fits: (row: Row) => boolean; readonly schema: z.ZodType<TrainingRow> }[] =
  [
    {
      fits: (row) => Array.isArray(row['messages']),
      schema: z
        .object({ messages: turns, system: optionalText })
        .transform(({ messages, system }) => conversation(messages, system)),
    },
    {
      fits: (row) => Array.isArray(row['conversations']),
      schema: z
        .object({ conversations: turns, system: optionalText })
        .transform(({ conversations, system }) => conversation(conversations, system)),
    },
    {
      fits: (row) => Array.isArray(row['prompt']) && Array.isArray(row['completion']),
      schema: z
        .object({ prompt: turns, completion: turns })
        .transform(({ prompt, completion }) =>
          conversation([...prompt.map((each) => ({ ...each, train: false })), ...completion], undefined),
        ),
    },
    {
      fits: (row) => typeof row['prompt'] === 'string' && typeof row['completion'] === 'string',
      schema: z
        .object({ prompt: z.string(), completion: filled })
        .transform(({ prompt, completion }) => ({ kind: 'text' as const, prompt, completion })),
    },
    {
      fits: (row) => row['explained_targets'] !== undefined,
      schema: z
        .object({
          system_message: optionalText,
          inputs: z.string().trim().min(1, 'inputs are needed'),
          explained_targets: filled,
        })
        .transform(({ system_message: system, inputs, explained_targets: response }) => ({
          kind: 'instruction' as const,
          ...(system == null || system === '' ? {} : { system }),
          instruction: inputs,
          response,
        })),
    },
    {
      fits: (row) => row['instruction'] !== undefined,
      schema: z
        .object({
          system: optionalText,
          instruction: z.string().trim().min(1, 'an instruction is needed'),
          input: optionalText,
          context: optionalText,
          response: z.string().min(1, 'a response is needed').optional(),
          output: z.string().min(1, 'a response is needed').optional(),
        })
        .refine(
          ({ response, output }) => (response ?? output) !== undefined,
          'a response or output is needed',
        )
        .transform(({ system, instruction, input, context, response, output }) => ({
          kind: 'instruction' as const,
          ...(system == null ? {} : { system }),
          instruction,
          ...given(context ?? input),
          response: (response ?? output)!,
        })),
    },
    {
      fits: (row) => typeof row['text'] === 'string',
      schema: z
        .object({ text: filled })
        .transform(({ text }) => ({ kind: 'text' as const, prompt: '', completion: text })),
    },
  ];

type Row = Readonly<Record<string, unknown>>;

/**
 * Rows as they are published: `messages` (OpenAI, TRL), `conversations` (ShareGPT), `prompt` and `completion` (TRL, as texts or
 * as messages), `instruction` with `response` or `output` and perhaps `input` or `context` (Alpaca, dolly-15k, this project's own),
 * `inputs` and `explained_targets` under `system_message` (the published OpenBezoar data set of Orca), or `text`.
 */
export const trainingRowSchema: z.ZodType<TrainingRow> = z
  .record(z.string(), z.unknown())
  .transform((row, context): TrainingRow => {
    const reader = readers.find(({ fits }) => fits(row));
    if (reader === undefined) {
      const message = `messages, prompt and completion, instruction and response, or text are needed; it has ${Object.keys(row).join(', ') || 'nothing'}`;
      context.issues.push({ code: 'custom', message, input: row });
      return z.NEVER;
    }
    if (Array.isArray(row['tools']) && row['tools'].length > 0) {
      context.issues.push({ code: 'custom', message: 'rows with tools cannot be trained on', input: row });
      return z.NEVER;
    }
    const result = reader.schema.safeParse(row);
    if (result.success) return result.data;
    for (const issue of result.error.issues)
      context.issues.push({ code: 'custom', message: issue.message, path: issue.path, input: row });
    return z.NEVER;
  });

function conversation(messages: readonly TrainingTurn[], system: string | null | undefined): TrainingRow {
  const hasSystem = messages[0]?.role === 'system';
  if (system == null || system === '' || hasSystem) return { kind: 'conversation', turns: messages };
  return { kind: 'conversation', turns: [{ role: 'system', content: system }, ...messages] };
}

function given(input: string | null | undefined): { readonly input?: string } {
  return input == null || input.trim() === '' ? {} : { input };
}
