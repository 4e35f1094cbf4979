import { BezoarError } from '@bezoar/core';
import { comparePaired, type PairedComparison } from '../metrics/compare-paired.ts';
import { holm } from '../metrics/holm.ts';
import { mean } from '../metrics/statistics.ts';
import { summarize } from '../metrics/summarize.ts';
import { builtInTasks } from '../tasks/built-in-tasks.ts';
import type { EntryScore, EvaluationEntry, EvaluationFile, SampleLine } from './evaluation-file.ts';

/** Models side by side: a row for each metric of each task, a column for each model. */
export interface EvaluationComparison {
  /** Labels of the models, the baseline first. */
  readonly models: readonly string[];
  readonly rows: readonly ComparisonRow[];
  /** Of the tasks' main metrics, for models that have all of them; undefined for the others. */
  readonly averages: readonly (number | undefined)[];
  /** What makes numbers of the table incomparable, or limits what they say. */
  readonly notes: readonly string[];
}

export interface ComparisonRow {
  readonly task: string;
  readonly metric: string;
  readonly filter: string;
  readonly shots: number | undefined;
  readonly isGroup: boolean;
  /** A group of the table counts it. */
  readonly isMember: boolean;
  /** Whether the average counts it: the main metric of a group, or of a task that is in none. */
  readonly isMain: boolean;
  readonly higherIsBetter: boolean;
  /** One for each model; undefined where it has no such score. */
  readonly cells: readonly (ComparisonCell | undefined)[];
}

export interface ComparisonCell {
  readonly value: number;
  readonly stderr: number | undefined;
  /** 95 %, from the samples: see `summarize`. Undefined without them, and where the value is not their mean. */
  readonly interval?: readonly [low: number, high: number];
  /** No other model of the row has a better value, and some a worse one. */
  readonly isBest: boolean;
  /** Against the baseline, on the documents that both have; undefined for the baseline, and without samples. */
  readonly paired?: PairedWithBaseline;
}

export interface PairedWithBaseline extends PairedComparison {
  /** The p-value among all of this table (Holm): McNemar's where there is one, the bootstrap's otherwise. */
  readonly adjustedPValue: number;
}

export interface CompareOptions {
  /** The label of the model that all others are compared with; the first one by default. */
  readonly baseline?: string;
  /** Of the bootstrap; 1,000 by default. */
  readonly rounds?: number;
}

/** Normalised accuracy where a task has it, as the tables of papers and leaderboards do. */
const mainMetrics = ['acc_norm', 'acc', 'exact_match'];

/**
 * Puts evaluations side by side and tests every model against the baseline, document by document. Throws BezoarError BAD_INPUT for
 * fewer than two models, two of one label, or a baseline that is none of them.
 */
export function compareEvaluations(
  evaluations: readonly EvaluationFile[],
  { baseline, rounds = 1000 }: CompareOptions = {},
): EvaluationComparison {
  const ordered = orderModels(evaluations, baseline);
  const rows = rowsOf(ordered).map((row) => fillRow(row, { ordered, rounds }));
  const adjusted = adjustPValues(rows);
  return {
    models: ordered.map(({ label }) => label),
    rows: adjusted,
    averages: ordered.map((_, column) => averageOf(adjusted, column)),
    notes: notesOf(ordered, adjusted),
  };
}

function orderModels(evaluations: readonly EvaluationFile[], baseline: string | undefined): EvaluationFile[] {
  const labels = evaluations.map(({ label }) => label);
  const twice = labels.find((label, index) => labels.indexOf(label) < index);
  if (evaluations.length < 2 || twice !== undefined) {
    throw new BezoarError(
      'BAD_INPUT',
      twice === undefined ? 'There is nothing to compare with.' : `Two models are called ${twice}.`,
      {
        advice: twice === undefined ? 'Give the results of two models or more.' : 'Give names: name=folder.',
      },
    );
  }
  const first = baseline === undefined ? 0 : labels.indexOf(baseline);
  if (first < 0) {
    throw new BezoarError('BAD_INPUT', `No model is called ${baseline!}.`, {
      advice: `Known: ${labels.join(', ')}.`,
    });
  }
  return [evaluations[first]!, ...evaluations.filter((_, index) => index !== first)];
}

type RowKey = Omit<ComparisonRow, 'cells'>;

function rowsOf(evaluations: readonly EvaluationFile[]): RowKey[] {
  const rows = new Map<string, RowKey>();
  for (const { entries } of evaluations) {
    for (const { task, shots, isGroup, isMember, scores } of entries) {
      const main = mainMetrics.find((name) => scores.some(({ metric }) => metric === name));
      const firstMain = scores.find(({ metric }) => metric === main);
      for (const score of scores) {
        const { metric, filter, higherIsBetter } = score;
        const key = [task, shots ?? '', metric, filter].join('|');
        const isMain = !isMember && score === firstMain;
        rows.set(
          key,
          rows.get(key) ?? { task, metric, filter, shots, isGroup, isMember, isMain, higherIsBetter },
        );
      }
    }
  }
  return [...rows.values()];
}

interface FillScope {
  readonly ordered: readonly EvaluationFile[];
  readonly rounds: number;
}

function fillRow(row: RowKey, { ordered, rounds }: FillScope): ComparisonRow {
  const found = ordered.map(({ entries }) => findScore(entries, row));
  const values = found.flatMap((each) => (each === undefined ? [] : [each.score.value]));
  const best = row.higherIsBetter ? Math.max(...values) : Math.min(...values);
  const cells = found.map((each, column) => {
    if (each === undefined) return undefined;
    const { value, stderr } = each.score;
    const reference = column === 0 ? undefined : found[0];
    const paired =
      reference === undefined ? undefined : compareSamples(each.entry, reference.entry, { row, rounds });
    const interval = intervalOf(each, row);
    return {
      value,
      stderr,
      ...(interval === undefined ? {} : { interval }),
      isBest: value === best && values.some((other) => other !== best),
      ...(paired === undefined ? {} : { paired: { ...paired, adjustedPValue: 1 } }),
    };
  });
  return { ...row, cells };
}

function findScore(
  entries: readonly EvaluationEntry[],
  { task, metric, filter, shots }: RowKey,
): { readonly entry: EvaluationEntry; readonly score: EntryScore } | undefined {
  const entry = entries.find((each) => each.task === task && each.shots === shots);
  const score = entry?.scores.find((each) => each.metric === metric && each.filter === filter);
  return entry === undefined || score === undefined ? undefined : { entry, score };
}

function intervalOf(
  { entry, score }: { readonly entry: EvaluationEntry; readonly score: EntryScore },
  { task, metric, filter }: RowKey,
): readonly [number, number] | undefined {
  const scored = samplesOf(entry, filter).flatMap((sample) => {
    const value = sample.scores[metric];
    return value === undefined ? [] : [{ value, cluster: clusterOf(task, sample) }];
  });
  const clusters = scored.flatMap(({ cluster }) => cluster ?? []);
  const values = scored.map(({ value }) => value);
  if (values.length === 0 || Math.abs(mean(values) - score.value) > 1e-6) return undefined;
  const { interval, clustered } = summarize(values, {
    ...{ metric, filter },
    ...(clusters.length === values.length ? { clusters } : {}),
  });
  return clustered?.interval ?? interval;
}

/** On the documents that both have, by their numbers and hashes. */
function compareSamples(
  entry: EvaluationEntry,
  reference: EvaluationEntry,
  { row: { task, metric, filter }, rounds }: { readonly row: RowKey; readonly rounds: number },
): PairedComparison | undefined {
  const others = new Map(samplesOf(reference, filter).map((sample) => [documentKey(sample), sample]));
  const pairs = samplesOf(entry, filter).flatMap((sample) => {
    const other = others.get(documentKey(sample));
    const [a, b] = [sample.scores[metric], other?.scores[metric]];
    return a === undefined || b === undefined ? [] : [{ a, b, cluster: clusterOf(task, sample) }];
  });
  if (pairs.length === 0) return undefined;
  const clusters = pairs.flatMap(({ cluster }) => cluster ?? []);
  return comparePaired(
    pairs.map(({ a }) => a),
    pairs.map(({ b }) => b),
    { rounds, ...(clusters.length === pairs.length ? { clusters } : {}) },
  );
}

function samplesOf({ samples }: EvaluationEntry, filter: string): SampleLine[] {
  return samples.filter((sample) => sample.filter === filter);
}

function documentKey({ docId, docHash }: SampleLine): string {
  return `${docId} ${docHash}`;
}

function clusterOf(task: string, { doc }: SampleLine): string | undefined {
  return Object.hasOwn(builtInTasks, task) ? builtInTasks[task]!.cluster?.(doc) : undefined;
}

/** Every test of the table counts among all of them. */
function adjustPValues(rows: readonly ComparisonRow[]): ComparisonRow[] {
  const tests = rows.flatMap(({ cells }) =>
    cells.flatMap((cell) => (cell?.paired === undefined ? [] : [cell.paired.mcnemar ?? cell.paired.pValue])),
  );
  const adjusted = holm(tests);
  let next = 0;
  return rows.map((row) => ({
    ...row,
    cells: row.cells.map((cell) =>
      cell?.paired === undefined
        ? cell
        : { ...cell, paired: { ...cell.paired, adjustedPValue: adjusted[next++]! } },
    ),
  }));
}

function averageOf(rows: readonly ComparisonRow[], column: number): number | undefined {
  const main = rows.filter(({ isMain }) => isMain);
  const values = main.flatMap(({ cells }) => cells[column]?.value ?? []);
  return values.length < main.length || main.length < 2 ? undefined : mean(values);
}

function notesOf(evaluations: readonly EvaluationFile[], rows: readonly ComparisonRow[]): string[] {
  const notes: string[] = [];
  const differs = (what: string, values: readonly (string | undefined)[]): void => {
    const known = values.filter((value) => value !== undefined && value !== '');
    if (new Set(known).size > 1) {
      const each = evaluations.map(({ label }, index) => `${label}: ${values[index] ?? 'unknown'}`);
      notes.push(`${what} differs, so scores are not comparable (${each.join(', ')}).`);
    }
  };
  differs(
    'BOS',
    evaluations
      .map(({ settings }) => settings['add_bos_token'] ?? settings['bos'])
      .map((bos) => bos?.toString()),
  );
  for (const task of new Set(rows.map((row) => row.task))) {
    const entries = evaluations.map((each) => each.entries.find((entry) => entry.task === task));
    differs(
      `The version of ${task}`,
      entries.map((entry) => entry?.version),
    );
    differs(
      `The number of shots of ${task}`,
      entries.map((entry) => entry?.shots?.toString()),
    );
    differs(
      `Whose rules ${task} follows`,
      entries.map((entry) => entry?.profile),
    );
    const prompts = entries.flatMap((entry) =>
      entry === undefined || entry.samples.length === 0
        ? []
        : [new Map(entry.samples.map((sample) => [documentKey(sample), sample.promptHash]))],
    );
    const asked = prompts
      .slice(1)
      .some((other) => [...other].some(([key, hash]) => (prompts[0]!.get(key) ?? hash) !== hash));
    if (asked) notes.push(`${task}: the models were asked in different words.`);
  }
  return notes;
}
