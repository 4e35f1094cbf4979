import type { ChatMessage } from '@bezoar/core';
import type { ChatModel, ChatRequest } from '../chat-model.ts';

export interface ScriptedModelOptions {
  /** Enters the ledger's key: change it when the script's answers change. */
  readonly name: string;
  readonly reply: (request: ChatRequest) => string | Promise<string>;
}

/** A model whose replies a function writes: for demos, tests and teachers that are programs. Words count as tokens. */
export function createScriptedModel({ name, reply }: ScriptedModelOptions): ChatModel {
  const id = `scripted:${name}`;
  return {
    id,
    async complete(request, { signal } = {}) {
      signal?.throwIfAborted();
      const text = await reply(request);
      return {
        text,
        finishReason: 'stop',
        usage: {
          inputTokens: countWords(request.messages.map(({ content }: ChatMessage) => content).join(' ')),
          outputTokens: countWords(text),
        },
        model: id,
      };
    },
  };
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
