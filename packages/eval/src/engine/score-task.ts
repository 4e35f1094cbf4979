import type { LanguageModel, LanguageModelCallOptions } from '../language-model.ts';
import { exactMatch } from '../metrics/exact-match.ts';
import type { Sample } from '../report/evaluation-report.ts';
import type { RenderedTask } from './render-documents.ts';

type RenderedChoices = Extract<RenderedTask, { kind: 'multiple_choice' }>;
type RenderedGeneration = Extract<RenderedTask, { kind: 'generate_until' }>;

/**
 * Asks the model everything that a task asks, in one call (so that it can sort by length), and scores the answers: one
 * sample for each filter and document, filter by filter.
 */
export function scoreTask(
  model: LanguageModel,
  rendered: RenderedTask,
  options: LanguageModelCallOptions,
): Promise<Sample[]> {
  return rendered.kind === 'multiple_choice'
    ? scoreChoices(model, rendered, options)
    : scoreReplies(model, rendered, options);
}

async function scoreChoices(
  model: LanguageModel,
  { task, documents }: RenderedChoices,
  options: LanguageModelCallOptions,
): Promise<Sample[]> {
  const requests = documents.flatMap((document) => document.requests);
  const answers = await model.loglikelihood(requests, options);
  let next = 0;
  return documents.map(({ docId, doc, item, requests: asked }) => {
    const responses = answers.slice(next, (next += asked.length));
    const logProbs = responses.map(({ logProb }) => logProb);
    const scores = Object.fromEntries(
      Object.entries(task.metrics).map(([name, metric]) => [name, metric(logProbs, item)]),
    );
    return {
      docId,
      doc,
      target: item.target,
      filter: 'none',
      asked,
      responses,
      filtered: responses,
      scores,
    };
  });
}

async function scoreReplies(
  model: LanguageModel,
  { task, documents }: RenderedGeneration,
  options: LanguageModelCallOptions,
): Promise<Sample[]> {
  const requests = documents.flatMap((document) => document.requests);
  const replies = await model.generate(requests, options);
  return Object.entries(task.filters).flatMap(([filter, apply]) =>
    documents.map(({ docId, doc, item, requests: asked }, index) => {
      const reply = replies[index]!;
      const filtered = apply(reply);
      return {
        docId,
        doc,
        target: item.target,
        filter,
        asked,
        responses: [reply],
        filtered: [filtered],
        scores: { exact_match: exactMatch(filtered, item.target, task.match) },
      };
    }),
  );
}
