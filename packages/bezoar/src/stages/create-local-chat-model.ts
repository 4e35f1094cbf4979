import { BezoarError, createRng, type ChatMessage } from '@bezoar/core';
import type { AnswerStore } from '@bezoar/eval';
import type { ChatModel } from '@bezoar/llm';
import { encoderOf, generateTokens } from '@bezoar/model';
import type { PromptTemplate } from '@bezoar/qlora';
import { hashValue } from '../run/content-hash.ts';
import { conversationPrompt, conversationStops } from './conversation-prompt.ts';
import type { LocalModel } from './local-model.ts';

export interface LocalChatOptions {
  readonly name: string;
  readonly local: Pick<LocalModel, 'model' | 'tokenizer'>;
  readonly template: PromptTemplate;
  /** Answers that are known, and stay known. */
  readonly answers: AnswerStore;
  /** What besides a request decides an answer: see `answerScope`. */
  readonly scope: string;
  readonly seed: number;
}

/**
 * A model on this machine as a `ChatModel`, in its training template. An answer depends on the request alone, whatever was asked before.
 * A conversation that leaves no place for an answer is PROVIDER_REJECTED, as a server would say. One call at a time.
 */
export function createLocalChatModel(options: LocalChatOptions): ChatModel {
  const { name, local, template, answers, scope, seed } = options;
  const { model, tokenizer } = local;
  const { addBos, rendered } = template.encoding;
  const encode = encoderOf(tokenizer, { rendered });
  const stops = conversationStops(template);
  const stopIds = [...model.config.eosTokenIds, ...template.stopIds];
  const cut = (text: string): string => stops.reduce((rest, stop) => rest.split(stop, 1)[0]!, text);

  const promptIds = (messages: readonly ChatMessage[]): number[] => {
    const ids = encode(conversationPrompt(template, messages));
    return addBos && tokenizer.bosId !== undefined ? [tokenizer.bosId, ...ids] : ids;
  };

  return {
    id: `local:${name}`,
    async complete({ messages, temperature = 0, maxTokens = 1024 }, { signal } = {}) {
      const prompt = promptIds(messages);
      const key = hashValue(['chat', scope, prompt, temperature, maxTokens, seed]);
      const usage = { inputTokens: prompt.length, outputTokens: 0 };
      const known = answers.get(key);
      if (typeof known === 'string')
        return { text: known, finishReason: 'stop', usage, model: name, cached: true };
      const maxNewTokens = Math.min(maxTokens, model.config.maxPositionEmbeddings - prompt.length);
      if (maxNewTokens < 1) throw tooLong(name, prompt.length, model.config.maxPositionEmbeddings);
      const [result] = await generateTokens(model, {
        prompts: [prompt],
        maxNewTokens,
        temperature,
        rng: createRng(seed).fork(key),
        stopIds,
        stopWhen: (_, tokens) => {
          const text = tokenizer.decode(tokens);
          return stops.some((stop) => text.includes(stop));
        },
        ...(signal === undefined ? {} : { signal }),
      });
      const text = cut(tokenizer.decode(result!.tokens)).trim();
      answers.put(key, text);
      return {
        text,
        finishReason: result!.finishReason,
        usage: { ...usage, outputTokens: result!.tokens.length },
        model: name,
      };
    },
  };
}

function tooLong(name: string, tokens: number, positions: number): BezoarError {
  return new BezoarError(
    'PROVIDER_REJECTED',
    `The conversation has ${tokens} tokens, and ${name} has place for ${positions}, the answer included.`,
    { advice: 'Take a model with a longer context.' },
  );
}
