import { BezoarError, parseOrThrow } from '@bezoar/core';
import { parse } from 'yaml';
import { z } from 'zod';

const text = z.string();
const field = z.union([text, z.int()]);
const split = text.nullish();

const metricSchema = z.strictObject({
  metric: text,
  aggregation: text.optional(),
  higher_is_better: z.boolean().optional(),
  ignore_case: z.boolean().optional(),
  ignore_punctuation: z.boolean().optional(),
  ignore_numbers: z.boolean().optional(),
  regexes_to_ignore: z.array(text).optional(),
});

const filterStep = z.strictObject({
  function: text,
  regex_pattern: text.optional(),
  group_select: z.int().optional(),
  fallback: text.optional(),
  mapping_dict: z.record(text, text).optional(),
  default_value: text.nullish(),
});

type Nullish<Value> = Value | null | undefined;

/** A task file of the harness, as data: the part that needs no Python. The names are the harness's. */
export interface TaskYaml {
  readonly task: string;
  readonly task_alias?: string | undefined;
  readonly dataset_path: string;
  readonly dataset_name?: Nullish<string>;
  readonly dataset_kwargs?: Nullish<{
    readonly data_files?: string | Readonly<Record<string, string>> | undefined;
  }>;
  readonly training_split?: Nullish<string>;
  readonly validation_split?: Nullish<string>;
  readonly test_split?: Nullish<string>;
  readonly fewshot_split?: Nullish<string>;
  readonly description?: Nullish<string>;
  readonly doc_to_text?: string | number | undefined;
  readonly doc_to_target: string | number | readonly string[];
  readonly doc_to_choice?: Nullish<string | readonly string[] | Readonly<Record<string, string>>>;
  readonly output_type: 'multiple_choice' | 'loglikelihood' | 'loglikelihood_rolling' | 'generate_until';
  readonly target_delimiter?: string | undefined;
  readonly fewshot_delimiter?: string | undefined;
  readonly fewshot_config?: Nullish<{
    readonly sampler?: 'default' | 'first_n' | undefined;
    readonly split?: string | undefined;
    readonly samples?: readonly Record<string, unknown>[] | undefined;
    readonly doc_to_text?: string | undefined;
    readonly doc_to_target?: string | undefined;
    readonly fewshot_delimiter?: string | undefined;
    readonly target_delimiter?: string | undefined;
  }>;
  readonly num_fewshot?: Nullish<number>;
  readonly generation_kwargs?: Nullish<{
    readonly until?: string | readonly string[] | undefined;
    readonly max_gen_toks?: number | undefined;
  }>;
  readonly filter_list?: Nullish<
    readonly { readonly name: string; readonly filter: readonly FilterStepYaml[] }[]
  >;
  readonly metric_list?: Nullish<readonly MetricYaml[]>;
  readonly metadata?: Nullish<{ readonly version?: number | string | undefined }>;
}

export interface FilterStepYaml {
  readonly function: string;
  readonly regex_pattern?: string | undefined;
  readonly group_select?: number | undefined;
  readonly fallback?: string | undefined;
  readonly mapping_dict?: Readonly<Record<string, string>> | undefined;
  readonly default_value?: Nullish<string>;
}

interface MetricYaml {
  readonly metric: string;
  readonly ignore_case?: boolean | undefined;
  readonly ignore_punctuation?: boolean | undefined;
  readonly ignore_numbers?: boolean | undefined;
  readonly regexes_to_ignore?: readonly string[] | undefined;
}

/** Strict: what is not known is refused by name. */
const schema: z.ZodType<TaskYaml> = z.strictObject({
  task: text,
  task_alias: text.optional(),
  tag: z.union([text, z.array(text)]).nullish(),
  group: z.union([text, z.array(text)]).nullish(),
  dataset_path: text,
  dataset_name: text.nullish(),
  dataset_kwargs: z.looseObject({ data_files: z.union([text, z.record(text, text)]).optional() }).nullish(),
  training_split: split,
  validation_split: split,
  test_split: split,
  fewshot_split: split,
  description: text.nullish(),
  doc_to_text: field.optional(),
  doc_to_target: z.union([text, z.int(), z.array(text)]),
  doc_to_choice: z.union([text, z.array(text), z.record(text, text)]).nullish(),
  output_type: z.enum(['multiple_choice', 'loglikelihood', 'loglikelihood_rolling', 'generate_until']),
  target_delimiter: text.optional(),
  fewshot_delimiter: text.optional(),
  fewshot_config: z
    .strictObject({
      sampler: z.enum(['default', 'first_n']).optional(),
      split: text.optional(),
      samples: z.array(z.record(text, z.unknown())).optional(),
      doc_to_text: text.optional(),
      doc_to_target: text.optional(),
      fewshot_delimiter: text.optional(),
      target_delimiter: text.optional(),
    })
    .nullish(),
  num_fewshot: z.int().min(0).nullish(),
  generation_kwargs: z
    .strictObject({
      until: z.union([text, z.array(text)]).optional(),
      do_sample: z.literal(false, 'replies are greedy: do_sample must be false').optional(),
      temperature: z.literal(0, 'replies are greedy: temperature must be 0').optional(),
      max_gen_toks: z.int().min(1).optional(),
    })
    .nullish(),
  repeats: z.literal(1, 'a reply is generated once: repeats must be 1').optional(),
  filter_list: z.array(z.strictObject({ name: text, filter: z.array(filterStep) })).nullish(),
  metric_list: z.array(metricSchema).nullish(),
  should_decontaminate: z.boolean().optional(),
  doc_to_decontamination_query: text.nullish(),
  unsafe_code: z.literal(false, 'code of a model is not run').optional(),
  metadata: z.looseObject({ version: z.union([z.number(), text]).optional() }).nullish(),
});

export interface ReadTaskYamlOptions {
  /** For messages. */
  readonly file: string;
  /** The text of a file that this one includes, by the name that stands there. Includes are refused without it. */
  readonly include?: (name: string) => string;
}

/**
 * Reads a task file, what it includes first. Throws BezoarError BAD_CONFIG, or UNSUPPORTED that names the field for `!function`: the
 * Python behind it is not run.
 */
export function readTaskYaml(source: string, options: ReadTaskYamlOptions): TaskYaml {
  const { file } = options;
  return parseOrThrow(schema, merged(source, options), {
    what: file,
    code: 'BAD_CONFIG',
    advice:
      'Fields that need Python (process_docs, process_results, …) have no meaning here: write the task in TypeScript.',
  });
}

function merged(source: string, options: ReadTaskYamlOptions): Record<string, unknown> {
  const { include: name, ...own } = parseYaml(source, options.file);
  if (name === undefined) return own;
  if (typeof name !== 'string' || options.include === undefined) {
    throw new BezoarError(
      'BAD_CONFIG',
      `${options.file} includes ${JSON.stringify(name)}, which cannot be read.`,
      {
        advice: 'Put the fields of both files into one.',
      },
    );
  }
  return { ...merged(options.include(name), { ...options, file: name }), ...own };
}

/** `!function module.name` as YAML gives it. */
interface PythonFunction {
  readonly python: string;
}

function parseYaml(source: string, file: string): Record<string, unknown> {
  const functionTag = {
    tag: '!function',
    resolve: (name: string): PythonFunction => ({ python: name }),
  };
  let value: unknown;
  try {
    value = parse(source, { customTags: [functionTag] });
  } catch (cause) {
    const [line] = (cause as Error).message.split('\n');
    throw new BezoarError('BAD_CONFIG', `${file} is no YAML: ${line ?? ''}`, {
      advice: 'Correct the YAML.',
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BezoarError('BAD_CONFIG', `${file} holds no task.`, { advice: 'Give a mapping of fields.' });
  }
  refusePython(value as Record<string, unknown>, file);
  return value as Record<string, unknown>;
}

function refusePython(value: Record<string, unknown>, file: string, path: readonly string[] = []): void {
  for (const [key, each] of Object.entries(value)) {
    if (typeof each !== 'object' || each === null) continue;
    const { python } = each as Partial<PythonFunction>;
    if (python !== undefined) {
      throw new BezoarError(
        'UNSUPPORTED',
        `${file}: ${[...path, key].join('.')} is !function ${python}, and Python is not run here.`,
        { advice: 'Write the field as a Jinja template, or the task in TypeScript.' },
      );
    }
    refusePython(each as Record<string, unknown>, file, [...path, key]);
  }
}
