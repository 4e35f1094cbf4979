import type OpenAI from 'openai';
import type { ChatRequest, ChatResponse, JsonSchema } from '../chat-model.ts';
import { isStrictSchema } from '../structured/is-strict-schema.ts';

/*
 * max_tokens and seed are deprecated by OpenAI in favour of fields that the other servers of this API do not know yet.
 */
/* eslint-disable @typescript-eslint/no-deprecated */
export function toOpenAiBody(
  model: string,
  request: ChatRequest,
  schema: JsonSchema | undefined,
): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return {
    model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { top_p: request.topP }),
    ...(request.maxTokens === undefined ? {} : { max_tokens: request.maxTokens }),
    ...(request.stop === undefined ? {} : { stop: [...request.stop] }),
    ...(request.sampleIndex === undefined ? {} : { seed: request.sampleIndex }),
    ...(schema === undefined ? {} : { response_format: toResponseFormat(schema) }),
  };
}
/* eslint-enable @typescript-eslint/no-deprecated */

function toResponseFormat(schema: JsonSchema): OpenAI.ResponseFormatJSONSchema {
  return {
    type: 'json_schema',
    json_schema: { name: 'reply', schema: { ...schema }, strict: isStrictSchema(schema) },
  };
}

const finishReasons: Readonly<Record<string, ChatResponse['finishReason']>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
};

/** Throws an Error when the server's answer has another shape: gateways send pages and errors with status 200. */
export function fromOpenAi(completion: OpenAI.ChatCompletion): ChatResponse {
  const { choices, usage, model } = completion as Partial<OpenAI.ChatCompletion>;
  const choice = choices?.[0] as Partial<OpenAI.ChatCompletion.Choice> | undefined;
  if (choice?.message === undefined) throw new Error('The answer is no chat completion.');
  const { content, refusal } = choice.message;
  const refused = typeof refusal === 'string' && refusal !== '';
  return {
    text: content ?? '',
    finishReason: refused ? 'content-filter' : (finishReasons[choice.finish_reason ?? ''] ?? 'other'),
    usage: { inputTokens: usage?.prompt_tokens ?? 0, outputTokens: usage?.completion_tokens ?? 0 },
    model: model ?? '',
    ...(refused ? { refusal } : {}),
  };
}
