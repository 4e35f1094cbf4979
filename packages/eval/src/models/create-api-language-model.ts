import { BezoarError } from '@bezoar/core';
import { mapConcurrent, type ChatModel, type CompletionModel, type ScoredToken } from '@bezoar/llm';
import type {
  GenerationRequest,
  LanguageModel,
  LanguageModelCallOptions,
  LoglikelihoodResult,
} from '../language-model.ts';
import { stripEnd } from '../python-text.ts';
import { cutAtStop } from './stop-strings.ts';

export interface ApiLanguageModelOptions {
  /** The name that stands in the results. */
  readonly id: string;
  /** Continues texts and scores them: needed for log-likelihoods. */
  readonly completions?: CompletionModel;
  /** Answers the prompts of generation tasks, each as the user's only turn. Used in place of completions where both are given. */
  readonly chat?: ChatModel;
  /** Calls in flight at a time; 8 by default. */
  readonly concurrency?: number;
}

/**
 * A model behind an API as a `LanguageModel`. Log-likelihoods come from `echo` and `logprobs` of completions, over the tokens of the
 * server's tokenizer that end after the context; chats can only generate. BOS is the server's business.
 */
export function createApiLanguageModel(options: ApiLanguageModelOptions): LanguageModel {
  const { id, completions, chat, concurrency = 8 } = options;
  if (completions === undefined && chat === undefined) {
    throw new BezoarError('BAD_CONFIG', `The model ${id} has neither completions nor a chat.`, {
      advice: 'Give one of them.',
    });
  }
  return {
    id,
    settings: { bos: 'server', api: chat === undefined ? 'completions' : 'chat' },

    loglikelihood: (requests, callOptions = {}) =>
      askAll(requests, { ...callOptions, concurrency }, async ({ context, continuation }, signal) => {
        // As the harness does: white space at the end of the context is scored.
        const start = stripEnd(context).length;
        const tokens = await scored(context + continuation, signal);
        return sumAfter(tokens, start);
      }),

    rolling: (requests, callOptions = {}) =>
      askAll(
        requests,
        { ...callOptions, concurrency },
        async ({ text }, signal) => sumAfter(await scored(text, signal), 0).logProb,
      ),

    generate: (requests, callOptions = {}) =>
      askAll(requests, { ...callOptions, concurrency }, async (request, signal) =>
        cutAtStop(await reply(request, signal), request.until),
      ),
  };

  async function scored(text: string, signal: AbortSignal | undefined): Promise<readonly ScoredToken[]> {
    if (completions === undefined) {
      throw new BezoarError('UNSUPPORTED', `${id} chats: it does not say how likely a given text is.`, {
        advice: 'Use its completions, or tasks that generate.',
      });
    }
    return (await completions.scoreText(text, signal === undefined ? {} : { signal })).tokens;
  }

  async function reply(
    { prompt, until, maxTokens, temperature = 0 }: GenerationRequest,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const callOptions = signal === undefined ? {} : { signal };
    // The API takes four stop strings at most; what comes after another one is cut off here.
    const settings = { maxTokens, temperature, stop: until.filter((stop) => stop !== '').slice(0, 4) };
    if (chat === undefined) return completions!.complete({ prompt, ...settings }, callOptions);
    const { text } = await chat.complete(
      { messages: [{ role: 'user', content: prompt }], ...settings },
      callOptions,
    );
    return text;
  }
}

/** Over the tokens that end after `start`. The first token of a text has no log-probability. */
function sumAfter(tokens: readonly ScoredToken[], start: number): LoglikelihoodResult {
  let end = 0;
  let [logProb, isGreedy] = [0, true];
  for (const token of tokens) {
    end += token.text.length;
    if (end <= start || token.logProb === undefined) continue;
    logProb += token.logProb;
    isGreedy &&= token.isGreedy;
  }
  return { logProb, isGreedy };
}

interface AskOptions<Answer> extends LanguageModelCallOptions<Answer> {
  readonly concurrency: number;
}

async function askAll<Request, Answer>(
  requests: readonly Request[],
  { concurrency, signal, onProgress, onAnswer }: AskOptions<Answer>,
  ask: (request: Request, signal: AbortSignal | undefined) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const calls = mapConcurrent(
    requests,
    async (request, index) => {
      const answer = await ask(request, signal);
      onAnswer?.(index, answer);
      return answer;
    },
    { concurrency, signal },
  );
  for await (const answer of calls) {
    answers.push(answer);
    onProgress?.(answers.length, requests.length);
  }
  return answers;
}
