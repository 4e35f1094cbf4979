import { BezoarError, createRng } from '@bezoar/core';
import {
  generateTokens,
  scoreShared,
  type CausalLM,
  type ScoreRequest,
  type ScoreResult,
  type Tokenizer,
} from '@bezoar/model';
import type { GenerationRequest, LanguageModel, LanguageModelCallOptions } from '../language-model.ts';
import {
  encodePrompt,
  encodeRequest,
  encodeWindows,
  startTokens,
  type BosMode,
  type TextEncoding,
} from './encode-request.ts';
import { createStopCheck, cutAtStop } from './stop-strings.ts';

export interface LocalLanguageModelOptions {
  /** The name that stands in the results. */
  readonly id: string;
  readonly model: CausalLM;
  readonly tokenizer: Tokenizer;
  /**
   * LM-Eval-Harness did not add BOS up to v0.4.9.1 and follows the tokenizer since v0.4.9.2; scores of the two cannot be
   * compared. `tokenizer` by default; recorded in the results.
   */
  readonly bos?: BosMode;
  /** Tokens of context that the model may read; its positions by default. Longer inputs lose their left. */
  readonly maxLength?: number;
  /** Upper bound on the tokens that are in work at a time. 4,096 by default. */
  readonly batchTokens?: number;
  /** Tokens that end a reply, beside EOS: the one that ends a turn of a chat template. */
  readonly stopIds?: readonly number[];
  /** For generation with a temperature. 0 by default. */
  readonly seed?: number;
}

/** A model of `@bezoar/model` as a `LanguageModel`, tokenising and batching as LM-Eval-Harness does. */
export function createLocalLanguageModel(options: LocalLanguageModelOptions): LanguageModel {
  const { id, model, tokenizer, bos = 'tokenizer', batchTokens = 4096, seed = 0, stopIds = [] } = options;
  const positions = model.config.maxPositionEmbeddings;
  const maxLength = Math.min(options.maxLength ?? positions, positions);
  if (!(maxLength >= 2) || !(batchTokens >= 1)) {
    throw new BezoarError(
      'BAD_CONFIG',
      `maxLength (${maxLength}) must be at least 2 and batchTokens (${batchTokens}) at least 1.`,
    );
  }
  const encoding: TextEncoding = { tokenizer, bos, maxLength };
  const addsBos = startTokens(encoding).length > 0;

  return {
    id,
    settings: { bos, add_bos_token: addsBos, max_length: maxLength },

    plansAhead: true,

    async loglikelihood(requests, callOptions = {}) {
      const encoded = requests.map((request) => encodeRequest(request, encoding));
      return score(encoded, callOptions, (result) => ({
        logProb: sumOf(result),
        isGreedy: result.greedy.every(Boolean),
      }));
    },

    async rolling(requests, { onAnswer, isKnown, ...callOptions } = {}) {
      const windows = requests.map(({ text }) => encodeWindows(text, encoding));
      const owner = windows.flatMap((list, index) => list.map(() => index));
      const left = windows.map((list) => list.length);
      const sums = requests.map(() => 0);
      for (const [index, list] of windows.entries()) if (list.length === 0) onAnswer?.(index, 0);
      await score(
        windows.flat(),
        {
          ...callOptions,
          ...(isKnown === undefined ? {} : { isKnown: (window: number) => isKnown(owner[window]!) }),
          onAnswer(window, sum) {
            const index = owner[window]!;
            sums[index]! += sum;
            left[index]! -= 1;
            if (left[index] === 0) onAnswer?.(index, sums[index]!);
          },
        },
        sumOf,
      );
      return sums;
    },

    async generate(requests, { signal, onProgress, onAnswer, isKnown = () => false } = {}) {
      const texts: string[] = [];
      let done = 0;
      for (const batch of planGeneration(requests, { encoding, batchTokens })) {
        done += batch.indices.length;
        if (batch.indices.every(isKnown)) continue;
        signal?.throwIfAborted();
        const generated = await generateBatch(batch, signal);
        for (const [row, text] of generated.entries()) {
          texts[batch.indices[row]!] = text;
          onAnswer?.(batch.indices[row]!, text);
        }
        onProgress?.(done, requests.length);
      }
      return texts;
    },
  };

  /** Scores come round by round, the longest first. */
  async function score<Answer>(
    requests: readonly ScoreRequest[],
    { signal, onProgress, onAnswer, isKnown }: LanguageModelCallOptions<Answer>,
    answerOf: (result: ScoreResult) => Answer,
  ): Promise<Answer[]> {
    const answers: Answer[] = [];
    let done = isKnown === undefined ? 0 : requests.filter((_, index) => isKnown(index)).length;
    await scoreShared(model, requests, {
      maxTokens: batchTokens,
      ...(signal === undefined ? {} : { signal }),
      ...(isKnown === undefined ? {} : { isKnown }),
      onScore(index, result) {
        answers[index] = answerOf(result);
        onAnswer?.(index, answers[index]);
        if (isKnown?.(index) !== true) onProgress?.(++done, requests.length);
      },
    });
    return answers;
  }

  async function generateBatch(
    { prompts, settings, indices }: GenerationBatch,
    signal: AbortSignal | undefined,
  ): Promise<string[]> {
    const { until, maxTokens, temperature = 0 } = settings;
    const stops = createStopCheck(tokenizer, until);
    const results = await generateTokens(model, {
      prompts,
      maxNewTokens: maxTokens,
      stopIds: tokenizer.eosId === undefined ? stopIds : [tokenizer.eosId, ...stopIds],
      stopWhen: (_, newTokens) => stops(newTokens),
      temperature,
      // A stream for each batch, so that a call gives the same texts whatever was generated before.
      ...(temperature > 0 ? { rng: createRng(seed).fork(`generate ${indices.join()}`) } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
    return results.map(({ tokens }) => cutAtStop(tokenizer.decode(tokens), until));
  }
}

interface GenerationBatch {
  readonly settings: GenerationRequest;
  readonly indices: number[];
  readonly prompts: number[][];
}

/** Batches of equal settings, the longest prompts first, prompts and new tokens together within `batchTokens`. */
function planGeneration(
  requests: readonly GenerationRequest[],
  { encoding, batchTokens }: { readonly encoding: TextEncoding; readonly batchTokens: number },
): GenerationBatch[] {
  const prompts = requests.map((request) => encodePrompt(request, encoding));
  const batches: GenerationBatch[] = [];
  const open = new Map<string, GenerationBatch>();
  for (const index of longestFirst(prompts.map((prompt) => prompt.length))) {
    const settings = requests[index]!;
    const key = JSON.stringify([settings.until, settings.maxTokens, settings.temperature ?? 0]);
    let batch = open.get(key);
    const perRow = (batch?.prompts[0]?.length ?? 0) + settings.maxTokens;
    if (batch === undefined || (batch.prompts.length + 1) * perRow > batchTokens) {
      batch = { settings, indices: [], prompts: [] };
      open.set(key, batch);
      batches.push(batch);
    }
    batch.indices.push(index);
    batch.prompts.push(prompts[index]!);
  }
  return batches;
}

/** Indices by falling length: memory is never short later than in the first batch. */
function longestFirst(lengths: readonly number[]): number[] {
  return lengths.map((_, index) => index).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
}

function sumOf({ logProbs }: ScoreResult): number {
  return logProbs.reduce((sum, value) => sum + value, 0);
}
