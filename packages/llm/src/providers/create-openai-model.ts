import type OpenAI from 'openai';
import type { ChatModel } from '../chat-model.ts';
import { importSdk } from './import-optional.ts';
import { readRateLimit } from './rate-limit-headers.ts';
import { requireKey } from './require-key.ts';
import { createStructuredMode } from './structured-mode.ts';
import { fromOpenAi, toOpenAiBody } from './to-openai.ts';
import { withRetries, type RetryPolicy } from './with-retries.ts';

export interface OpenAiModelOptions extends RetryPolicy {
  readonly model: string;
  readonly apiKey?: string | undefined;
  /** Any server that speaks the chat completions API: vLLM, llama.cpp, Ollama, a gateway. OpenAI's own by default. */
  readonly baseURL?: string | undefined;
  /** One try. 10 minutes by default: a large local teacher is slow. */
  readonly timeoutMs?: number;
}

/** A chat model over the `openai` SDK, whose own retries are off: waiting is decided here, or by a scheduler. */
export function createOpenAiModel(options: OpenAiModelOptions): ChatModel {
  const id = `openai:${options.model}`;
  const apiKey = requireKey({
    model: id,
    apiKey: options.apiKey,
    baseURL: options.baseURL,
    variable: 'OPENAI_API_KEY',
  });
  const structured = createStructuredMode(/response_format|json_schema|structured|guided|grammar|schema/i);
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
    async complete(request, { signal, retry } = {}) {
      client ??= connect();
      const { chat } = await client;
      const attempt = async (): ReturnType<ChatModel['complete']> => {
        const { data, response } = await structured.call(request.responseSchema, (schema) =>
          chat.completions
            .create(toOpenAiBody(options.model, request, schema), signal === undefined ? {} : { signal })
            .withResponse(),
        );
        const rateLimit = readRateLimit(response.headers);
        return { ...fromOpenAi(data), ...(rateLimit === undefined ? {} : { rateLimit }) };
      };
      return withRetries(attempt, { ...options, model: id, apiKey, signal, retry });
    },
  };
}
