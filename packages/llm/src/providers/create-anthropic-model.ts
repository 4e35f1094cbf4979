import type { ChatModel } from '../chat-model.ts';
import { readRateLimit } from './rate-limit-headers.ts';
import { anthropicClient, type SdkClientOptions } from './sdk-client.ts';
import { anthropicSchemaRefusal, createStructuredMode } from './structured-mode.ts';
import { fromAnthropic, toAnthropicBody } from './to-anthropic.ts';
import { withRetries, type RetryPolicy } from './with-retries.ts';

export interface AnthropicModelOptions extends SdkClientOptions, RetryPolicy {}

/** A chat model over `@anthropic-ai/sdk`, whose own retries are off: waiting is decided here, or by a scheduler. */
export function createAnthropicModel(options: AnthropicModelOptions): ChatModel {
  const { id, apiKey, connect } = anthropicClient(options);
  const structured = createStructuredMode(anthropicSchemaRefusal);
  return {
    id,
    async complete(request, { signal, retry } = {}) {
      const { messages } = await connect();
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
