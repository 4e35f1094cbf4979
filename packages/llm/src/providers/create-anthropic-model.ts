import type Anthropic from '@anthropic-ai/sdk';
import type { ChatModel, ChatRequest, ChatResponse } from '../chat-model.ts';
import { importSdk } from './import-optional.ts';
import { requireKey } from './require-key.ts';
import { withRetries, type RetryPolicy } from './with-retries.ts';

export interface AnthropicModelOptions extends RetryPolicy {
  readonly model: string;
  readonly apiKey?: string | undefined;
  readonly baseURL?: string | undefined;
  /** One try. 10 minutes by default. */
  readonly timeoutMs?: number;
}

/** The messages API demands a limit. */
const defaultMaxTokens = 1024;

/** A chat model over `@anthropic-ai/sdk`, whose own retries are off. System messages go into the `system` field. */
export function createAnthropicModel(options: AnthropicModelOptions): ChatModel {
  const id = `anthropic:${options.model}`;
  const apiKey = requireKey({
    model: id,
    apiKey: options.apiKey,
    baseURL: options.baseURL,
    variable: 'ANTHROPIC_API_KEY',
  });
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
    async complete(request, { signal } = {}) {
      client ??= connect();
      const { messages } = await client;
      const message = await withRetries(
        () => messages.create(toBody(options.model, request), signal === undefined ? {} : { signal }),
        { ...options, model: id, apiKey, signal },
      );
      return toResponse(message);
    },
  };
}

function toBody(model: string, request: ChatRequest): Anthropic.MessageCreateParamsNonStreaming {
  const system = request.messages
    .filter(({ role }) => role === 'system')
    .map(({ content }) => content)
    .join('\n\n');
  return {
    model,
    max_tokens: request.maxTokens ?? defaultMaxTokens,
    messages: request.messages.flatMap(({ role, content }) => (role === 'system' ? [] : [{ role, content }])),
    ...(system === '' ? {} : { system }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { top_p: request.topP }),
    ...(request.stop === undefined ? {} : { stop_sequences: [...request.stop] }),
  };
}

const finishReasons: Readonly<Record<string, ChatResponse['finishReason']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  refusal: 'content-filter',
};

function toResponse({ content, stop_reason: reason, usage, model }: Anthropic.Message): ChatResponse {
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    finishReason: finishReasons[reason ?? ''] ?? 'other',
    usage: { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens },
    model,
  };
}
