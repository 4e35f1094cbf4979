import type { z } from 'zod';
import type { ChatModel, ChatRequest } from '../chat-model.ts';
import { completeWatched, rejectedReply } from '../replies/complete-text.ts';
import type { RejectionWatch } from '../replies/create-rejection-watch.ts';
import { readJsonReply, type JsonProblem } from './read-json-reply.ts';
import { toResponseSchema } from './to-response-schema.ts';

export interface CompleteJsonOptions<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** How often the model is shown its mistake. 1 by default. */
  readonly repairTurns?: number;
  /** Whether the provider's structured mode is asked for, where it has one. True by default. */
  readonly structured?: boolean;
  /** Makes a rejected request a reply that is not `ok`. Without it, PROVIDER_REJECTED is thrown. */
  readonly rejections?: RejectionWatch | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type JsonReply<Value> =
  | { readonly ok: true; readonly value: Value; readonly text: string }
  /** The reply could not be read, even after repair: a finding about the model, not an exception. */
  | { readonly ok: false; readonly code: JsonProblem; readonly reason: string; readonly text: string };

/** What another turn can mend. A refusal, and a reply that is longer than allowed, would only be paid for again. */
const repairable: readonly JsonProblem[] = ['no-json', 'ambiguous', 'wrong-schema'];

/**
 * Asks for a JSON object and checks it against a schema, with repair turns that quote the problem. The prompt has to
 * describe the format too: not every server has a structured mode.
 */
export async function completeJson<Schema extends z.ZodType>(
  model: ChatModel,
  request: ChatRequest,
  { schema, repairTurns = 1, structured = true, rejections, signal }: CompleteJsonOptions<Schema>,
): Promise<JsonReply<z.output<Schema>>> {
  const responseSchema = request.responseSchema ?? (structured ? toResponseSchema(schema) : undefined);
  const full = responseSchema === undefined ? request : { ...request, responseSchema };
  let { messages } = request;
  for (let turn = 0; ; turn++) {
    const response = await completeWatched(model, { ...full, messages }, { rejections, signal });
    if ('rejected' in response) return rejectedReply(response);
    const { text } = response;
    const read = readJsonReply(schema, response);
    if (read.ok || turn >= repairTurns || !repairable.includes(read.code)) return { ...read, text };
    messages = [
      ...messages,
      { role: 'assistant', content: text },
      {
        role: 'user',
        content: `That reply cannot be used: ${read.reason}. Reply again with the JSON object only.`,
      },
    ];
  }
}
