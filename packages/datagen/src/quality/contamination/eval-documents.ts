import type { EvalDocument } from './eval-document.ts';

/** What the question fields are called in the data sets of the Hub. */
const stemNames = [
  'activity_label',
  'support',
  'passage',
  'context',
  'ctx',
  'premise',
  'sentence',
  'sentence1',
  'sentence2',
  'hypothesis',
  'question',
  'question_stem',
  'query',
  'problem',
  'prompt',
  'goal',
  'instruction',
  'input',
  'text',
] as const;
const choiceNames = [
  'choices',
  'options',
  'endings',
  'mc1_targets',
  'mc2_targets',
  'sol1',
  'sol2',
  'option1',
  'option2',
  'distractor1',
  'distractor2',
  'distractor3',
  'correct_answer',
] as const;
const answerNames = ['answer', 'best_answer', 'target', 'output', 'solution', 'completion'] as const;
const idNames = ['id', 'uid', 'question_id', 'ind', 'idx'] as const;

type EvalRow = Readonly<Record<string, unknown>>;

/**
 * Rows of an evaluation as documents for `createContaminationIndex`, whatever the data set's schema: one with the question,
 * one with question, choices and answer. Rows in which no known field is found give all their texts as one document.
 */
export async function* evalDocuments(options: {
  readonly task: string;
  readonly rows: Iterable<unknown> | AsyncIterable<unknown>;
}): AsyncGenerator<EvalDocument, void> {
  let number = 0;
  for await (const row of options.rows) {
    number++;
    if (typeof row !== 'object' || row === null) continue;
    const id = idOf(row as EvalRow) ?? `row ${number}`;
    for (const text of evalTexts(row as EvalRow)) yield { task: options.task, id, text };
  }
}

/** The texts of one evaluation row, without repeats. Fields are known by name; answers that are mere labels are left out. */
export function evalTexts(row: EvalRow): string[] {
  const stem = collect(row, stemNames);
  if (stem.length === 0) {
    const all = Object.values(row).flatMap(textsIn);
    return all.length === 0 ? [] : [all.join('\n')];
  }
  const rest = [
    ...collect(row, choiceNames),
    ...collect(row, answerNames).filter((text) => /\S\S/.test(text)),
  ];
  return [...new Set([stem.join('\n'), [...stem, ...rest].join('\n')])];
}

function collect(row: EvalRow, names: readonly string[]): string[] {
  return names.flatMap((name) => textsIn(row[name]));
}

/** Strings, lists of strings, and the `text` or `choices` list of an object (ARC, TruthfulQA). */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { text, choices } = value as EvalRow;
  return [...textsIn(text), ...textsIn(choices)];
}

function idOf(row: EvalRow): string | undefined {
  const id = idNames.map((name) => row[name]).find((value) => value !== undefined && value !== null);
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}
