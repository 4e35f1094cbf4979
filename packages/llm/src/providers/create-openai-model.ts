import type { ChatModel } from '../chat-model.ts';
import { readRateLimit } from './rate-limit-headers.ts';
import { openAiClient, type SdkClientOptions } from './sdk-client.ts';
import { createStructuredMode, openAiSchemaRefusal } from './structured-mode.ts';
import { fromOpenAi, toOpenAiBody } from './to-openai.ts';
import { withRetries, type RetryPolicy } from './with-retries.ts';

/** `baseURL`: any server that speaks the chat completions API: vLLM, llama.cpp, Ollama, a gateway. OpenAI's own by default. */
export interface OpenAiModelOptions extends SdkClientOptions, RetryPolicy {}

/** A chat model over the `openai` SDK, whose own retries are off: waiting is decided here, or by a scheduler. */
export function createOpenAiModel(options: OpenAiModelOptions): ChatModel {
  const { id, apiKey, connect } = openAiClient(options);
  const structured = createStructuredMode(openAiSchemaRefusal);
  return {
    id,
    async complete(request, { signal, retry } = {}) {
      const { chat } = await connect();
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
