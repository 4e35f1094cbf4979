import { BezoarError } from '@bezoar/core';
import type OpenAI from 'openai';
import type { CallOptions } from '../chat-model.ts';
import { openAiClient, type SdkClientOptions } from './sdk-client.ts';
import { withRetries, type RetryPolicy } from './with-retries.ts';

/** A model that continues texts and says how likely they are: what evaluations of base models need, and chats cannot give. */
export interface CompletionModel {
  /** `openai:davinci-002` */
  readonly id: string;
  /** The continuation of a text, greedy unless a temperature is given. Throws what `ChatModel` throws. */
  complete(request: CompletionRequest, options?: CallOptions): Promise<string>;
  /**
   * The tokens of a text with their log-probabilities, as the server cuts it. Throws what `ChatModel` throws, and BezoarError UNSUPPORTED
   * when the server does not echo log-probabilities.
   */
  scoreText(text: string, options?: CallOptions): Promise<ScoredText>;
}

export interface CompletionRequest {
  readonly prompt: string;
  readonly maxTokens: number;
  readonly stop?: readonly string[];
  readonly temperature?: number;
}

export interface ScoredText {
  readonly tokens: readonly ScoredToken[];
}

export interface ScoredToken {
  readonly text: string;
  /** Natural logarithm, given the tokens before; undefined for the first token of a text. */
  readonly logProb: number | undefined;
  /** Whether no other token is more likely at its place, as far as the server says. */
  readonly isGreedy: boolean;
}

export interface OpenAiCompletionsOptions extends SdkClientOptions, RetryPolicy {}

/** The completions API of OpenAI as vLLM, llama.cpp and other servers of open models have it, with `echo` and `logprobs`. */
export function createOpenAiCompletions(options: OpenAiCompletionsOptions): CompletionModel {
  const { id, apiKey, connect } = openAiClient(options);
  const call = async (
    body: Omit<OpenAI.CompletionCreateParamsNonStreaming, 'model'>,
    { signal, retry }: CallOptions,
  ): Promise<OpenAI.CompletionChoice> => {
    const { completions } = await connect();
    const attempt = async (): Promise<OpenAI.CompletionChoice> => {
      const { choices } = await completions.create(
        { model: options.model, ...body },
        signal === undefined ? {} : { signal },
      );
      // Gateways send other things with status 200.
      const choice = (choices as readonly (OpenAI.CompletionChoice | undefined)[] | undefined)?.[0];
      if (choice === undefined) throw new Error('the answer has no choices');
      return choice;
    };
    return withRetries(attempt, { ...options, model: id, apiKey, signal, retry });
  };
  return {
    id,
    async complete({ prompt, maxTokens, stop, temperature = 0 }, callOptions = {}) {
      const { text } = await call(
        { prompt, max_tokens: maxTokens, temperature, ...(stop === undefined ? {} : { stop: [...stop] }) },
        callOptions,
      );
      return text;
    },
    async scoreText(text, callOptions = {}) {
      // Some servers refuse to generate nothing: the one token more is left out below.
      const body = { prompt: text, max_tokens: 1, temperature: 0, logprobs: 1, echo: true };
      const { logprobs } = await call(body, callOptions);
      return { tokens: tokensOf(text, { logprobs, id }) };
    },
  };
}

/** Those that make up the text, without what was generated after it. */
function tokensOf(
  text: string,
  { logprobs, id }: { readonly logprobs: OpenAI.CompletionChoice.Logprobs | null; readonly id: string },
): ScoredToken[] {
  const { tokens, token_logprobs: logProbs, top_logprobs: tops } = logprobs ?? {};
  if (tokens === undefined || logProbs === undefined || tokens.length < 2) {
    throw new BezoarError('UNSUPPORTED', `${id} does not say how likely a given text is.`, {
      advice: 'Use a server whose completions have echo and logprobs (vLLM has), or tasks that generate.',
    });
  }
  const scored: ScoredToken[] = [];
  let length = 0;
  for (const [index, token] of tokens.entries()) {
    if (length >= text.length) break;
    length += token.length;
    const logProb = (logProbs[index] as number | null | undefined) ?? undefined;
    const others = Object.values((tops?.[index] as Record<string, number> | null | undefined) ?? {});
    scored.push({
      text: token,
      logProb,
      isGreedy: logProb !== undefined && others.every((other) => other <= logProb),
    });
  }
  return scored;
}
