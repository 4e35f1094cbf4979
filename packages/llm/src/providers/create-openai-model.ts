import type OpenAI from 'openai';
import type { ChatModel, ChatRequest, ChatResponse } from '../chat-model.ts';
import { importSdk } from './import-optional.ts';
import { requireKey } from './require-key.ts';
import { withRetries, type RetryPolicy } from './with-retries.ts';

export interface OpenAiModelOptions extends RetryPolicy {
  readonly model: string;
  readonly apiKey?: string | undefined;
  /** Any server that speaks the chat completions API: vLLM, llama.cpp, Ollama, a gateway. OpenAI's own by default. */
  readonly baseURL?: string | undefined;
  /** One try. 10 minutes by default: a large local teacher is slow. */
  readonly timeoutMs?: number;
}

/** A chat model over the `openai` SDK, whose own retries are off: waiting is decided here. */
export function createOpenAiModel(options: OpenAiModelOptions): ChatModel {
  const id = `openai:${options.model}`;
  const apiKey = requireKey({
    model: id,
    apiKey: options.apiKey,
    baseURL: options.baseURL,
    variable: 'OPENAI_API_KEY',
  });
  let client: Promise<OpenAI> | undefined;
  const connect = async (): Promise<OpenAI> => {
    const { default: Client } = await importSdk(() => import('openai'), 'openai');
    const { baseURL, timeoutMs = 600_000 } = options;
    return new Client({
      apiKey,
      maxRetries: 0,
      timeout: timeoutMs,
      logLevel: 'off',
      ...(baseURL === undefined ? {} : { baseURL }),
    });
  };
  return {
    id,
    async complete(request, { signal } = {}) {
      client ??= connect();
      const { chat } = await client;
      const completion = await withRetries(
        () => chat.completions.create(toBody(options.model, request), signal === undefined ? {} : { signal }),
        { ...options, model: id, apiKey, signal },
      );
      return toResponse(completion);
    },
  };
}

/*
 * max_tokens and seed are deprecated by OpenAI in favour of fields that the other servers of this API do not know yet.
 */
/* eslint-disable @typescript-eslint/no-deprecated */
function toBody(model: string, request: ChatRequest): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return {
    model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { top_p: request.topP }),
    ...(request.maxTokens === undefined ? {} : { max_tokens: request.maxTokens }),
    ...(request.stop === undefined ? {} : { stop: [...request.stop] }),
    ...(request.sampleIndex === undefined ? {} : { seed: request.sampleIndex }),
  };
}
/* eslint-enable @typescript-eslint/no-deprecated */

const finishReasons: Readonly<Record<string, ChatResponse['finishReason']>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
};

function toResponse({ choices, usage, model }: OpenAI.ChatCompletion): ChatResponse {
  const choice = choices[0];
  return {
    text: choice?.message.content ?? '',
    finishReason: finishReasons[choice?.finish_reason ?? ''] ?? 'other',
    usage: { inputTokens: usage?.prompt_tokens ?? 0, outputTokens: usage?.completion_tokens ?? 0 },
    model,
  };
}
