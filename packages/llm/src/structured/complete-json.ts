import type { z } from 'zod';
import type { ChatModel, ChatRequest } from '../chat-model.ts';
import { extractJson } from './extract-json.ts';

export interface CompleteJsonOptions<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** How often the model is shown its mistake. 1 by default. */
  readonly repairTurns?: number;
  readonly signal?: AbortSignal | undefined;
}

export type JsonReply<Value> =
  | { readonly ok: true; readonly value: Value; readonly text: string }
  /** The reply could not be read, even after repair: a finding about the model, not an exception. */
  | { readonly ok: false; readonly reason: string; readonly text: string };

/** Asks for a JSON object and checks it against a schema, with repair turns that quote the problem. */
export async function completeJson<Schema extends z.ZodType>(
  model: ChatModel,
  request: ChatRequest,
  { schema, repairTurns = 1, signal }: CompleteJsonOptions<Schema>,
): Promise<JsonReply<z.output<Schema>>> {
  let messages = request.messages;
  for (let turn = 0; ; turn++) {
    const { text } = await model.complete({ ...request, messages }, signal === undefined ? {} : { signal });
    const problem = check(schema, text);
    if ('value' in problem) return { ok: true, value: problem.value, text };
    if (turn >= repairTurns) return { ok: false, reason: problem.reason, text };
    messages = [
      ...messages,
      { role: 'assistant', content: text },
      {
        role: 'user',
        content: `That reply cannot be used: ${problem.reason}. Reply again with the JSON object only.`,
      },
    ];
  }
}

function check<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
): { value: z.output<Schema> } | { reason: string } {
  const json = extractJson(text);
  if (json === undefined) return { reason: 'it holds no JSON object' };
  const result = schema.safeParse(json);
  if (result.success) return { value: result.data };
  const reason = result.error.issues
    .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
    .join('; ');
  return { reason };
}
