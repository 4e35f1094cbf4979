import { BezoarError } from '@bezoar/core';
import type { Answer, AnswerStore } from '../answers/answer-store.ts';
import type {
  GenerationRequest,
  LanguageModel,
  LanguageModelCallOptions,
  LoglikelihoodRequest,
  LoglikelihoodResult,
  RollingRequest,
} from '../language-model.ts';
import { sha256 } from '../report/sha256.ts';

export interface AskScope {
  readonly model: LanguageModel;
  /** Where answers are kept. Nothing is kept by default. */
  readonly answers?: AnswerStore | undefined;
  /** What besides a request decides its answer: which weights, in which format. Part of the answers' keys. */
  readonly answerScope?: string | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

type Call<Request, Given> = (
  requests: readonly Request[],
  options: LanguageModelCallOptions<Given>,
) => Promise<Given[]>;

/** What the model says to each request, in order; what it said before a stop is not asked again. */
export function askLoglikelihoods(
  scope: AskScope,
  requests: readonly LoglikelihoodRequest[],
): Promise<LoglikelihoodResult[]> {
  const { model } = scope;
  return ask(scope, requests, (each, options) => model.loglikelihood(each, options));
}

export function askReplies(scope: AskScope, requests: readonly GenerationRequest[]): Promise<string[]> {
  const { model } = scope;
  return ask(scope, requests, (each, options) => model.generate(each, options));
}

export function askTexts(scope: AskScope, requests: readonly RollingRequest[]): Promise<number[]> {
  const { model } = scope;
  return ask(scope, requests, (each, options) => {
    if (model.rolling !== undefined) return model.rolling(each, options);
    throw new BezoarError('UNSUPPORTED', `${model.id} does not score whole texts.`, {
      advice: 'Leave out tasks of perplexity alone, or use a local model.',
    });
  });
}

async function ask<Request, Given extends Answer>(
  { model, answers, answerScope = '', signal, onProgress }: AskScope,
  requests: readonly Request[],
  call: Call<Request, Given>,
): Promise<Given[]> {
  if (answers === undefined) return call(requests, definiteOptions({ signal, onProgress }));
  const scope = [answerScope, model.id, model.settings ?? {}];
  const keys = requests.map((request) => sha256(JSON.stringify([...scope, request])));
  // The key decides the kind of the answer: it holds the request.
  const given = keys.map((key) => answers.get(key) as Given | undefined);
  const isKnown = (index: number): boolean => given[index] !== undefined;
  const unknown = requests.flatMap((_, index) => (isKnown(index) ? [] : [index]));
  if (unknown.length === 0) return given as Given[];
  const planned = model.plansAhead === true;
  const asked = planned ? requests.map((_, index) => index) : unknown;
  const before = requests.length - asked.length;
  const keep = (place: number, answer: Given): void => {
    const index = asked[place]!;
    if (isKnown(index)) return;
    answers.put(keys[index]!, answer);
    given[index] = answer;
  };
  const known = given.map((answer) => answer !== undefined);
  const told = await call(
    asked.map((index) => requests[index]!),
    {
      ...definiteOptions({ signal }),
      ...(onProgress === undefined
        ? {}
        : { onProgress: (done) => onProgress(before + done, requests.length) }),
      ...(planned ? { isKnown: (index: number) => known[index]! } : {}),
      onAnswer: keep,
    },
  );
  for (const [place, index] of asked.entries()) if (!isKnown(index)) keep(place, told[place]!);
  return given as Given[];
}

function definiteOptions({
  signal,
  onProgress,
}: {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}): Pick<LanguageModelCallOptions, 'signal' | 'onProgress'> {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}
