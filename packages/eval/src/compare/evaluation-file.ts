import { parseOrThrow } from '@bezoar/core';
import { z } from 'zod';

/** What is compared: one model's results, as the harness's files hold them. */
export interface EvaluationFile {
  /** What tables call the model. */
  readonly label: string;
  /** BOS, length limit and what else scores depend on. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Seconds since 1970. */
  readonly date: number | undefined;
  /** Tasks and groups, in the order of the file. */
  readonly entries: readonly EvaluationEntry[];
}

export interface EvaluationEntry {
  readonly task: string;
  readonly version: string;
  readonly shots: number | undefined;
  /** Whose rules the task follows, where the file says it. */
  readonly profile: string | undefined;
  readonly isGroup: boolean;
  /** A group of the file counts it. */
  readonly isMember: boolean;
  readonly scores: readonly EntryScore[];
  /** None of a group, and none where their file is missing. */
  readonly samples: readonly SampleLine[];
}

export interface EntryScore {
  readonly metric: string;
  readonly filter: string;
  readonly value: number;
  readonly stderr: number | undefined;
  readonly n: number | undefined;
  readonly higherIsBetter: boolean;
}

/** A document of a samples file, as far as models are compared by it. */
export interface SampleLine {
  readonly docId: number;
  readonly docHash: string;
  readonly promptHash: string;
  readonly filter: string;
  readonly doc: unknown;
  /** By metric; those that are one number. */
  readonly scores: Readonly<Record<string, number>>;
}

const resultsSchema = z.looseObject({
  results: z.record(z.string(), z.record(z.string(), z.unknown())),
  groups: z.record(z.string(), z.unknown()).optional(),
  group_subtasks: z.record(z.string(), z.array(z.string())).default({}),
  versions: z.record(z.string(), z.union([z.number(), z.string(), z.null()])).default({}),
  'n-shot': z.record(z.string(), z.number()).default({}),
  higher_is_better: z.record(z.string(), z.record(z.string(), z.boolean().nullable())).default({}),
  configs: z
    .record(
      z.string(),
      z.looseObject({ metadata: z.looseObject({ profile: z.string().optional() }).nullish() }),
    )
    .default({}),
  config: z.looseObject({ model_args: z.unknown() }).optional(),
  date: z.number().optional(),
  model_name: z.string().optional(),
});

const sampleSchema = z.looseObject({
  doc_id: z.int(),
  doc: z.unknown(),
  filter: z.string().default('none'),
  metrics: z.array(z.string()).default([]),
  doc_hash: z.string(),
  prompt_hash: z.string(),
});

export interface ParseEvaluationOptions {
  /** The parsed results file. */
  readonly results: unknown;
  /** The parsed lines of the samples files, by task. */
  readonly samples: ReadonlyMap<string, readonly unknown[]>;
  /** The model's name in the file by default. */
  readonly label?: string;
  /** For messages. */
  readonly file: string;
}

/** Results and samples of LM-Eval-Harness, or of `writeLmEvalFiles`, as something to compare. Throws BezoarError BAD_FILE. */
export function parseEvaluation({ results, samples, label, file }: ParseEvaluationOptions): EvaluationFile {
  const parsed = parseOrThrow(resultsSchema, results, {
    what: file,
    code: 'BAD_FILE',
    advice: 'Give results of LM-Eval-Harness 0.4, or of bezoar eval.',
  });
  const groups = new Set(Object.keys(parsed.groups ?? {}));
  const members = new Set([...groups].flatMap((group) => parsed.group_subtasks[group] ?? []));
  const entries = Object.entries(parsed.results).map(([task, values]): EvaluationEntry => ({
    task,
    // The harness writes "Yaml" for a task file that names no version.
    version: String(parsed.versions[task] ?? '').replace('Yaml', ''),
    shots: parsed['n-shot'][task],
    profile: parsed.configs[task]?.metadata?.profile,
    isGroup: groups.has(task),
    isMember: members.has(task),
    scores: scoresOf(values, parsed.higher_is_better[task] ?? {}),
    samples: groups.has(task)
      ? []
      : (samples.get(task) ?? []).map((line, index) =>
          parseSample(line, `${file}: line ${index + 1} of the samples of ${task}`),
        ),
  }));
  return {
    label: label ?? parsed.model_name ?? 'model',
    settings: settingsOf(parsed.config?.model_args),
    date: parsed.date,
    entries: entries.filter(({ scores }) => scores.length > 0),
  };
}

function scoresOf(
  values: Readonly<Record<string, unknown>>,
  higherIsBetter: Readonly<Record<string, boolean | null>>,
): EntryScore[] {
  const n = typeof values['sample_len'] === 'number' ? values['sample_len'] : undefined;
  return Object.entries(values).flatMap(([key, value]) => {
    const [metric = '', filter, ...more] = key.split(',');
    if (filter === undefined || more.length > 0 || metric.endsWith('_stderr') || typeof value !== 'number')
      return [];
    const stderr = values[`${metric}_stderr,${filter}`];
    return [
      {
        metric,
        filter,
        value,
        stderr: typeof stderr === 'number' ? stderr : undefined,
        n,
        higherIsBetter: higherIsBetter[metric] ?? true,
      },
    ];
  });
}

function parseSample(line: unknown, what: string): SampleLine {
  const sample = parseOrThrow(sampleSchema, line, {
    what,
    code: 'BAD_FILE',
    advice: 'Give samples of LM-Eval-Harness 0.4, or of bezoar eval.',
  });
  const scores = sample.metrics.flatMap((metric) => {
    const value = sample[metric];
    return typeof value === 'number' ? [[metric, value] as const] : [];
  });
  return {
    docId: sample.doc_id,
    docHash: sample.doc_hash,
    promptHash: sample.prompt_hash,
    filter: sample.filter,
    doc: sample.doc,
    scores: Object.fromEntries(scores),
  };
}

/** The harness writes one text of its arguments, or an object of them. */
function settingsOf(args: unknown): Record<string, string | number | boolean> {
  const entries =
    typeof args === 'string'
      ? args
          .split(',')
          .map((pair): [string, unknown] => [pair.split('=')[0]!, pair.split('=').slice(1).join('=')])
      : typeof args === 'object' && args !== null
        ? Object.entries(args)
        : [];
  const known = entries.filter(
    (entry): entry is [string, string | number | boolean] =>
      entry[0] !== 'pretrained' && ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
  return Object.fromEntries(known);
}
