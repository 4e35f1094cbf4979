import type Anthropic from '@anthropic-ai/sdk';
import type { ChatRequest, ChatResponse, JsonSchema } from '../chat-model.ts';

/** The messages API demands a limit. */
const defaultMaxTokens = 1024;

/** System messages go into the `system` field; a schema becomes the only tool, which the model has to use. */
export function toAnthropicBody(
  model: string,
  request: ChatRequest,
  schema: JsonSchema | undefined,
): Anthropic.MessageCreateParamsNonStreaming {
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
    ...(schema === undefined ? {} : replyTool(schema)),
  };
}

function replyTool(
  schema: JsonSchema,
): Pick<Anthropic.MessageCreateParamsNonStreaming, 'tools' | 'tool_choice'> {
  return {
    tools: [
      {
        name: 'reply',
        description: 'Gives the reply that was asked for.',
        input_schema: { ...schema, type: 'object' },
      },
    ],
    tool_choice: { type: 'tool', name: 'reply' },
  };
}

const finishReasons: Readonly<Record<string, ChatResponse['finishReason']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'stop',
  max_tokens: 'length',
  refusal: 'content-filter',
};

/** Throws an Error when the server's answer has another shape: gateways send pages and errors with status 200. */
export function fromAnthropic(message: Anthropic.Message): ChatResponse {
  const { content, stop_reason: reason, usage, model } = message as Partial<Anthropic.Message>;
  if (!Array.isArray(content)) throw new Error('The answer is no message.');
  const tool = content.find((block) => block.type === 'tool_use');
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  return {
    text: tool === undefined ? text : JSON.stringify(tool.input),
    finishReason: finishReasons[reason ?? ''] ?? 'other',
    usage: { inputTokens: usage?.input_tokens ?? 0, outputTokens: usage?.output_tokens ?? 0 },
    model: model ?? '',
    ...(reason === 'refusal' ? { refusal: text } : {}),
  };
}
