import { BezoarError } from '@bezoar/core';
import { drawFewshot, type FewshotExample } from '../fewshot/draw-fewshot.ts';
import { createPythonRandom } from '../fewshot/python-random.ts';
import type { GenerationRequest, LoglikelihoodRequest } from '../language-model.ts';
import type { ChoiceItem, GenerationItem } from '../tasks/item.ts';
import type { GenerationTask, MultipleChoiceTask, Task, TaskRules } from '../tasks/task.ts';

/** One task of an evaluation with its rows, in the columns of the data set on the Hub. */
export interface TaskInput {
  readonly task: Task;
  readonly docs: readonly unknown[];
  /** Where few-shot examples come from: the train split, for most tasks. Given `docs`, each document is left out of its own. */
  readonly fewshotDocs?: readonly unknown[];
  /** Examples before each document; the task's own number by default. */
  readonly numFewshot?: number;
}

/** A document with the requests that it makes. */
interface RenderedDocument<Item, Request> {
  readonly docId: number;
  readonly doc: unknown;
  readonly item: Item;
  readonly requests: readonly Request[];
}

/** A task with its documents, ready to be asked. */
export type RenderedTask =
  | {
      readonly kind: 'multiple_choice';
      readonly task: MultipleChoiceTask;
      readonly numFewshot: number;
      readonly documents: readonly RenderedDocument<ChoiceItem, LoglikelihoodRequest>[];
    }
  | {
      readonly kind: 'generate_until';
      readonly task: GenerationTask;
      readonly numFewshot: number;
      readonly documents: readonly RenderedDocument<GenerationItem, GenerationRequest>[];
    };

export interface RenderOptions {
  /** Only the first documents. */
  readonly limit: number;
  /** Of the task's few-shot draws. */
  readonly fewshotSeed: number;
}

/**
 * Checks every row and renders the first `limit` documents with their few-shot examples: examples joined by blank lines,
 * then the prompt. Throws BezoarError EMPTY_DATASET without rows, BAD_CONFIG for a number of shots that is none, BAD_INPUT
 * for a bad row or too small a pool.
 */
export function renderTask({ task, ...input }: TaskInput, options: RenderOptions): RenderedTask {
  if (input.docs.length === 0) {
    throw new BezoarError('EMPTY_DATASET', `Task ${task.name} has no rows.`, {
      advice: 'Check the path of its data.',
    });
  }
  const numFewshot = task.fewshot.locked ? task.fewshot.count : (input.numFewshot ?? task.fewshot.count);
  if (!Number.isInteger(numFewshot) || numFewshot < 0) {
    throw new BezoarError(
      'BAD_CONFIG',
      `Task ${task.name}: numFewshot must be 0, 1, 2, …, not ${numFewshot}.`,
    );
  }
  if (numFewshot > 0 && task.rendered === true) {
    throw new BezoarError(
      'BAD_CONFIG',
      `Task ${task.name} asks in a chat template, and has no place for examples.`,
      {
        advice: 'Use numFewshot: 0, or a template of sections.',
      },
    );
  }
  const rendered = task.rendered === true ? { rendered: true } : {};
  const rows = { docs: input.docs, pool: input.fewshotDocs ?? [], numFewshot, ...options };
  if (task.kind === 'multiple_choice') {
    const documents = render(task, rows, {
      exampleOf: ({ prompts, choices, gold }: ChoiceItem) =>
        prompts[gold]! + task.targetDelimiter + choices[gold]!,
      requestsOf: ({ prompts, choices }: ChoiceItem, shots) =>
        choices.map((choice, index) => ({
          context: shots + prompts[index]!,
          continuation: task.targetDelimiter + choice,
          ...rendered,
        })),
    });
    return { kind: task.kind, task, numFewshot, documents };
  }
  const { until, maxTokens } = task;
  const documents = render(task, rows, {
    exampleOf: ({ prompt, target }: GenerationItem) => prompt + task.targetDelimiter + target,
    requestsOf: ({ prompt }: GenerationItem, shots) => [
      { prompt: shots + prompt, until, maxTokens, temperature: 0, ...rendered },
    ],
  });
  return { kind: task.kind, task, numFewshot, documents };
}

interface TaskRows extends RenderOptions {
  readonly docs: readonly unknown[];
  readonly pool: readonly unknown[];
  readonly numFewshot: number;
}

interface Rendering<Item, Request> {
  /** A document of the few-shot pool: its prompt and its gold answer. */
  readonly exampleOf: (item: Item) => string;
  readonly requestsOf: (item: Item, shots: string) => Request[];
}

function render<Item, Request>(
  task: TaskRules<Item>,
  { docs, pool, numFewshot, limit, fewshotSeed }: TaskRows,
  { exampleOf, requestsOf }: Rendering<Item, Request>,
): RenderedDocument<Item, Request>[] {
  const examples = (numFewshot === 0 ? [] : pool).map((row, index) => ({
    text: exampleOf(task.prepare(row, `Few-shot row ${index + 1} of ${task.name}`)),
    identity: JSON.stringify(row),
  }));
  const draw = {
    random: createPythonRandom(fewshotSeed),
    pool: examples,
    count: numFewshot,
    sameSplit: task.fewshot.drawsOneMore || isSameSplit(examples, docs),
  };
  return docs.slice(0, limit).map((row, docId) => {
    const item = task.prepare(row, `Row ${docId + 1} of ${task.name}`);
    const shots = drawFewshot(draw, JSON.stringify(row)).map(({ text }) => `${text}\n\n`);
    return { docId, doc: task.record(row), item, requests: requestsOf(item, shots.join('')) };
  });
}

function isSameSplit(pool: readonly FewshotExample[], docs: readonly unknown[]): boolean {
  return (
    pool.length === docs.length &&
    pool.every(({ identity }, index) => identity === JSON.stringify(docs[index]))
  );
}
