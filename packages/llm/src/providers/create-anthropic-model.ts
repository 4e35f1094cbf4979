import type Anthropic from '@anthropic-ai/sdk';
import type { ChatModel } from '../chat-model.ts';
import { importSdk } from './import-optional.ts';
import { readRateLimit } from './rate-limit-headers.ts';
import { requireKey } from './require-key.ts';
import { createStructuredMode } from './structured-mode.ts';
import { fromAnthropic, toAnthropicBody } from './to-anthropic.ts';
import { withRetries, type RetryPolicy } from './with-retries.ts';

export interface AnthropicModelOptions extends RetryPolicy {
  readonly model: string;
  readonly apiKey?: string | undefined;
  readonly baseURL?: string | undefined;
  /** One try. 10 minutes by default. */
  readonly timeoutMs?: number;
}

/** A chat model over `@anthropic-ai/sdk`, whose own retries are off: waiting is decided here, or by a scheduler. */
export function createAnthropicModel(options: AnthropicModelOptions): ChatModel {
  const id = `anthropic:${options.model}`;
  const apiKey = requireKey({
    model: id,
    apiKey: options.apiKey,
    baseURL: options.baseURL,
    variable: 'ANTHROPIC_API_KEY',
  });
  const structured = createStructuredMode(/tool|schema/i);
  let client: Promise<Anthropic> | undefined;
  const connect = async (): Promise<Anthropic> => {
    const { default: Client } = await importSdk(() => import('@anthropic-ai/sdk'), '@anthropic-ai/sdk');
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
      const { messages } = await client;
      const attempt = async (): ReturnType<ChatModel['complete']> => {
        const { data, response } = await structured.call(request.responseSchema, (schema) =>
          messages
            .create(toAnthropicBody(options.model, request, schema), signal === undefined ? {} : { signal })
            .withResponse(),
        );
        const rateLimit = readRateLimit(response.headers);
        return { ...fromAnthropic(data), ...(rateLimit === undefined ? {} : { rateLimit }) };
      };
      return withRetries(attempt, { ...options, model: id, apiKey, signal, retry });
    },
  };
}
