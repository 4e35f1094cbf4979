import type {
  GenerationRequest,
  LoglikelihoodRequest,
  LoglikelihoodResult,
  RollingRequest,
} from '../language-model.ts';
import { exactMatch } from '../metrics/exact-match.ts';
import { countWords } from '../python-text.ts';
import type { Sample, SampleScore } from '../report/evaluation-report.ts';
import { askLoglikelihoods, askReplies, askTexts, type AskScope } from './ask-model.ts';
import type {
  RenderedChoices,
  RenderedDocument,
  RenderedGeneration,
  RenderedTargets,
  RenderedTask,
  RenderedTexts,
} from './render-documents.ts';

/**
 * Asks the model everything that a task asks, in one call (so that it can sort by length), and scores the answers: one
 * sample for each filter and document, filter by filter.
 */
export function scoreTask(rendered: RenderedTask, scope: AskScope): Promise<Sample[]> {
  switch (rendered.kind) {
    case 'multiple_choice':
      return scoreChoices(rendered, scope);
    case 'loglikelihood':
      return scoreTargets(rendered, scope);
    case 'loglikelihood_rolling':
      return scoreTexts(rendered, scope);
    case 'generate_until':
      return scoreReplies(rendered, scope);
  }
}

async function scoreChoices({ task, documents }: RenderedChoices, scope: AskScope): Promise<Sample[]> {
  const answers = await askLoglikelihoods(scope, requestsOf(documents));
  let next = 0;
  return documents.map((document) => {
    const responses = answers.slice(next, (next += document.requests.length));
    const logProbs = responses.map(({ logProb }) => logProb);
    const scores = Object.fromEntries(
      Object.entries(task.metrics).map(([name, metric]) => [name, metric(logProbs, document.item)]),
    );
    return sampleOf(document, { responses, scores });
  });
}

async function scoreTargets({ task, documents }: RenderedTargets, scope: AskScope): Promise<Sample[]> {
  const answers = await askLoglikelihoods(scope, requestsOf(documents));
  return documents.map((document, index) => {
    const answer = answers[index]!;
    const all = { perplexity: answer.logProb, acc: answer.isGreedy ? 1 : 0 };
    return sampleOf(document, { responses: [answer], scores: pick(all, task.metrics) });
  });
}

async function scoreTexts({ task, documents }: RenderedTexts, scope: AskScope): Promise<Sample[]> {
  const logProbs = await askTexts(scope, requestsOf(documents));
  return documents.map((document, index) => {
    const { text } = document.item;
    const logProb = logProbs[index]!;
    const bytes: SampleScore = [logProb, new TextEncoder().encode(text).length];
    const all = {
      word_perplexity: [logProb, countWords(text)],
      byte_perplexity: bytes,
      bits_per_byte: bytes,
    };
    return sampleOf(document, {
      responses: [logProb],
      scores: pick<SampleScore>(all as never, task.metrics),
    });
  });
}

async function scoreReplies({ task, documents }: RenderedGeneration, scope: AskScope): Promise<Sample[]> {
  const replies = await askReplies(scope, requestsOf(documents));
  return Object.entries(task.filters).flatMap(([filter, apply]) =>
    documents.map((document, index) => {
      const { target, targets = [target] } = document.item;
      const reply = replies[index]!;
      const filtered = apply(reply);
      const best = Math.max(...targets.map((each) => exactMatch(filtered, each, task.match)));
      const sample = sampleOf(document, { responses: [reply], scores: { exact_match: best } });
      return { ...sample, filter, filtered: [filtered] };
    }),
  );
}

function requestsOf<Request>(documents: readonly RenderedDocument<unknown, Request>[]): Request[] {
  return documents.flatMap((document) => document.requests);
}

interface Outcome {
  readonly responses: readonly (LoglikelihoodResult | string | number)[];
  readonly scores: Readonly<Record<string, SampleScore>>;
}

type AnyRequest = LoglikelihoodRequest | GenerationRequest | RollingRequest;

function sampleOf(
  { docId, doc, cluster, item, requests }: RenderedDocument<{ readonly target: string }, AnyRequest>,
  { responses, scores }: Outcome,
): Sample {
  return {
    docId,
    doc,
    ...(cluster === undefined ? {} : { cluster }),
    target: item.target,
    filter: 'none',
    asked: requests,
    responses,
    filtered: responses,
    scores,
  };
}

function pick<Value>(
  values: Readonly<Record<string, Value>>,
  names: readonly string[],
): Readonly<Record<string, Value>> {
  return Object.fromEntries(names.map((name) => [name, values[name]!]));
}
