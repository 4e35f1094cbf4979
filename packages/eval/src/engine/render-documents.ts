import { BezoarError } from '@bezoar/core';
import { drawFewshot, type FewshotExample } from '../fewshot/draw-fewshot.ts';
import { createPythonRandom } from '../fewshot/python-random.ts';
import type { GenerationRequest, LoglikelihoodRequest, RollingRequest } from '../language-model.ts';
import type { ChoiceItem, GenerationItem, TargetItem, TextItem } from '../tasks/item.ts';
import type {
  GenerationTask,
  LoglikelihoodTask,
  MultipleChoiceTask,
  RollingTask,
  Task,
  TaskRules,
} from '../tasks/task.ts';

/** One task of an evaluation with its rows, in the columns of the data set on the Hub. */
export interface TaskInput {
  readonly task: Task;
  readonly docs: readonly unknown[];
  /** Where few-shot examples come from: the train split, for most tasks. Given `docs`, each document is left out of its own. */
  readonly fewshotDocs?: readonly unknown[];
  /** Examples before each document; the task's own by default. */
  readonly numFewshot?: number;
}

/** A document with the requests that it makes. */
export interface RenderedDocument<Item, Request> {
  readonly docId: number;
  /** As the task records it. */
  readonly doc: unknown;
  /** What it has in common with documents that are no independent draws. */
  readonly cluster: string | undefined;
  readonly item: Item;
  readonly requests: readonly Request[];
}

interface Rendered<OfTask extends Task, Item, Request> {
  readonly kind: OfTask['kind'];
  readonly task: OfTask;
  readonly numFewshot: number;
  readonly documents: readonly RenderedDocument<Item, Request>[];
}

export type RenderedChoices = Rendered<MultipleChoiceTask, ChoiceItem, LoglikelihoodRequest>;
export type RenderedTargets = Rendered<LoglikelihoodTask, TargetItem, LoglikelihoodRequest>;
export type RenderedTexts = Rendered<RollingTask, TextItem, RollingRequest>;
export type RenderedGeneration = Rendered<GenerationTask, GenerationItem, GenerationRequest>;

/** A task with its documents, ready to be asked. */
export type RenderedTask = RenderedChoices | RenderedTargets | RenderedTexts | RenderedGeneration;

export interface RenderOptions {
  /** Only the first documents. */
  readonly limit: number;
  /** Of the task's few-shot draws. */
  readonly fewshotSeed: number;
}

/**
 * Checks every row and renders the first `limit` documents with their few-shot examples: description, examples joined by the
 * delimiter, then the prompt. Throws BezoarError EMPTY_DATASET without rows, BAD_CONFIG for a number of shots that is none,
 * BAD_INPUT for a bad row or too small a pool.
 */
export function renderTask({ task, ...input }: TaskInput, options: RenderOptions): RenderedTask {
  const numFewshot = checkInput({ task, ...input });
  const rendered = task.rendered === true ? { rendered: true } : {};
  const rows = { docs: input.docs, pool: input.fewshotDocs ?? [], numFewshot, ...options };
  const delimiter = task.targetDelimiter;
  switch (task.kind) {
    case 'multiple_choice': {
      const documents = render(task, rows, {
        exampleOf: ({ prompts, choices, gold }: ChoiceItem) => prompts[gold]! + delimiter + choices[gold]!,
        requestsOf: ({ prompts, choices }: ChoiceItem, before) =>
          choices.map((choice, index) => ({
            context: before + prompts[index]!,
            continuation: delimiter + choice,
            ...rendered,
          })),
      });
      return { kind: task.kind, task, numFewshot, documents };
    }
    case 'loglikelihood': {
      const documents = render(task, rows, {
        exampleOf: ({ prompt, target }: TargetItem) => prompt + delimiter + target,
        requestsOf: ({ prompt, target }: TargetItem, before) => [
          { context: before + prompt, continuation: target, ...rendered },
        ],
      });
      return { kind: task.kind, task, numFewshot, documents };
    }
    case 'loglikelihood_rolling': {
      const documents = render(task, rows, {
        exampleOf: ({ text }: TextItem) => text,
        requestsOf: ({ text }: TextItem) => [{ text }],
      });
      return { kind: task.kind, task, numFewshot, documents };
    }
    case 'generate_until': {
      const { until, maxTokens } = task;
      const documents = render(task, rows, {
        exampleOf: ({ prompt, target }: GenerationItem) => prompt + delimiter + target,
        requestsOf: ({ prompt }: GenerationItem, before) => [
          { prompt: before + prompt, until, maxTokens, temperature: 0, ...rendered },
        ],
      });
      return { kind: task.kind, task, numFewshot, documents };
    }
  }
}

/** Returns the number of examples. */
function checkInput({ task, docs, numFewshot: wanted }: TaskInput): number {
  if (docs.length === 0) {
    throw new BezoarError('EMPTY_DATASET', `Task ${task.name} has no rows.`, {
      advice: 'Check the path of its data.',
    });
  }
  const numFewshot = task.fewshot.locked ? task.fewshot.count : (wanted ?? task.fewshot.count);
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
  return numFewshot;
}

interface TaskRows extends RenderOptions {
  readonly docs: readonly unknown[];
  readonly pool: readonly unknown[];
  readonly numFewshot: number;
}

interface Rendering<Item, Request> {
  /** A document of the few-shot pool: its prompt and its gold answer. */
  readonly exampleOf: (item: Item) => string;
  readonly requestsOf: (item: Item, before: string) => Request[];
}

function render<Item, Request>(
  task: TaskRules<Item>,
  { docs, pool, numFewshot, limit, fewshotSeed }: TaskRows,
  { exampleOf, requestsOf }: Rendering<Item, Request>,
): RenderedDocument<Item, Request>[] {
  const { fewshot, description = '' } = task;
  const examples =
    fewshot.examples?.map(({ prompt, answer }) => {
      const text = prompt + task.targetDelimiter + answer;
      return { text, identity: text };
    }) ??
    (numFewshot === 0 ? [] : pool).map((row, index) => ({
      text: exampleOf(task.prepare(row, `Few-shot row ${index + 1} of ${task.name}`)),
      identity: JSON.stringify(row),
    }));
  const draw = {
    random: fewshot.sampler === 'first' ? undefined : createPythonRandom(fewshotSeed),
    pool: examples,
    count: numFewshot,
    sameSplit: fewshot.drawsOneMore || isSameSplit(examples, docs),
  };
  return docs.slice(0, limit).map((row, docId) => {
    const item = task.prepare(row, `Row ${docId + 1} of ${task.name}`);
    const shots = drawFewshot(draw, JSON.stringify(row)).map(({ text }) => text + fewshot.delimiter);
    const requests = requestsOf(item, description + shots.join(''));
    return { docId, doc: task.record(row), cluster: task.cluster?.(row), item, requests };
  });
}

function isSameSplit(pool: readonly FewshotExample[], docs: readonly unknown[]): boolean {
  return (
    pool.length === docs.length &&
    pool.every(({ identity }, index) => identity === JSON.stringify(docs[index]))
  );
}
