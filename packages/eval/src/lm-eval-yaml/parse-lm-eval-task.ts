import { BezoarError } from '@bezoar/core';
import { z } from 'zod';
import { acc, accBytes, accNorm, type ChoiceMetric } from '../metrics/choice-metrics.ts';
import type { ExactMatchOptions } from '../metrics/exact-match.ts';
import { generationTask } from '../tasks/generation-task.ts';
import { loglikelihoodTask } from '../tasks/loglikelihood-task.ts';
import { multipleChoiceTask } from '../tasks/multiple-choice-task.ts';
import { rollingTask } from '../tasks/rolling-task.ts';
import type { TaskOptions } from '../tasks/task-options.ts';
import type { FewshotRule, Task, TaskDataset } from '../tasks/task.ts';
import { createFields, type Fields, type Row } from './fields.ts';
import { pythonText } from './python-literal.ts';
import { pythonRegex } from './python-regex.ts';
import { filtersOf } from './yaml-filters.ts';
import { readTaskYaml, type ReadTaskYamlOptions, type TaskYaml } from './task-yaml.ts';

/**
 * A task file of LM-Eval-Harness as a task: templates or columns for text, target and choices, filters, metrics, few-shot settings.
 * Throws BezoarError BAD_CONFIG for what is no task, UNSUPPORTED, by name, for what needs Python or is not known here.
 */
export function parseLmEvalTask(source: string, options: ReadTaskYamlOptions): Task {
  const yaml = readTaskYaml(source, options);
  const { file } = options;
  const fields = createFields(yaml, file);
  const common: TaskOptions<Row> = {
    name: yaml.task,
    version: Number(yaml.metadata?.version ?? 0),
    profile: 'lm-eval YAML',
    dataset: datasetOf(yaml, file),
    row: z.record(z.string(), z.unknown()),
    description: yaml.description ?? undefined,
    targetDelimiter: yaml.target_delimiter ?? ' ',
    fewshot: fewshotOf(yaml, file),
    ...(yaml.task_alias === undefined ? {} : { alias: yaml.task_alias }),
  };
  switch (yaml.output_type) {
    case 'multiple_choice':
      return choiceTask({ yaml, fields, common, file });
    case 'loglikelihood':
      return loglikelihoodTask({
        ...common,
        prompt: (row) => pythonText(fields.text(row)),
        target: (row) => pythonText(fields.target(row)),
        metrics: named(yaml, { perplexity: 'perplexity', acc: 'acc' } as const, file),
      });
    case 'loglikelihood_rolling': {
      const known = {
        word_perplexity: 'word_perplexity',
        byte_perplexity: 'byte_perplexity',
        bits_per_byte: 'bits_per_byte',
      } as const;
      return rollingTask({
        ...common,
        text: (row) => pythonText(fields.target(row)),
        metrics: named(yaml, known, file),
      });
    }
    case 'generate_until':
      return replyTask({ yaml, fields, common, file });
  }
}

interface Scope {
  readonly yaml: TaskYaml;
  readonly fields: Fields;
  readonly common: TaskOptions<Row>;
  readonly file: string;
}

/** Text that is a number is the index of the right one of several contexts, after each of which the target is scored. */
function choiceTask({ yaml, fields, common, file }: Scope): Task {
  if (yaml.doc_to_choice === undefined || yaml.doc_to_choice === null) {
    throw new BezoarError('BAD_CONFIG', `${file}: doc_to_choice is missing.`, {
      advice: 'Say what the choices are.',
    });
  }
  const metrics = Object.fromEntries(
    named(yaml, { acc: 'acc', acc_norm: 'acc_norm', acc_bytes: 'acc_bytes' } as const, file).map((name) => [
      name,
      choiceMetrics[name],
    ]),
  );
  const rightOf = (row: Row): number[] => {
    const text = fields.text(row);
    if (typeof text === 'number') {
      if (Object.keys(metrics).join() !== 'acc')
        throw unsupported(file, 'several contexts with another metric than acc');
      return [text];
    }
    const target = fields.target(row);
    const choices = fields.choices(row);
    const targets = Array.isArray(target) ? target : [target];
    return targets.map((each) => (typeof each === 'number' ? each : choices.indexOf(pythonText(each))));
  };
  return multipleChoiceTask({
    ...common,
    prompt(row) {
      const text = fields.text(row);
      return typeof text === 'number' ? fields.choices(row) : pythonText(text);
    },
    choices(row) {
      const choices = fields.choices(row);
      const target = pythonText(fields.target(row));
      return typeof fields.text(row) === 'number' ? choices.map(() => target) : choices;
    },
    gold: (row) => rightOf(row)[0] ?? -1,
    correct(row) {
      const right = rightOf(row);
      return fields.choices(row).map((_, index) => right.includes(index));
    },
    target: (row) => pythonText(fields.target(row)),
    metrics,
  });
}

const choiceMetrics: Readonly<Record<'acc' | 'acc_norm' | 'acc_bytes', ChoiceMetric>> = {
  acc,
  acc_norm: accNorm,
  acc_bytes: accBytes,
};

function replyTask({ yaml, fields, common, file }: Scope): Task {
  named(yaml, { exact_match: 'exact_match' } as const, file);
  const { until = yaml.fewshot_delimiter ?? '\n\n', max_gen_toks: maxTokens = 256 } =
    yaml.generation_kwargs ?? {};
  const answerOf = (row: Row): unknown => {
    const target = fields.target(row);
    return yaml.doc_to_choice !== undefined && yaml.doc_to_choice !== null && typeof target === 'number'
      ? fields.choices(row)[target]
      : target;
  };
  return generationTask({
    ...common,
    prompt: (row) => pythonText(fields.text(row)),
    target: (row) => pythonText(answerOf(row)),
    targets(row) {
      const answer = answerOf(row);
      return (Array.isArray(answer) ? answer : [answer]).map(pythonText);
    },
    until: typeof until === 'string' ? [until] : until,
    maxTokens,
    filters: filtersOf(yaml, file),
    match: matchOf(yaml, file),
  });
}

function matchOf({ metric_list: metrics }: TaskYaml, file: string): ExactMatchOptions {
  const [metric] = metrics ?? [];
  const { ignore_case: ignoreCase = false, ignore_punctuation: ignorePunctuation = false } = metric ?? {};
  const ignore = (metric?.regexes_to_ignore ?? []).map((pattern) =>
    pythonRegex(pattern, `${file}: regexes_to_ignore ${pattern}`),
  );
  return {
    ignore: metric?.ignore_numbers === true ? [...ignore, /[0-9]/g] : ignore,
    ignoreCase,
    ignorePunctuation,
  };
}

/** The metrics that the file names; all known ones where it names none. */
function named<Name extends string>(
  { metric_list: metrics }: TaskYaml,
  known: Readonly<Record<Name, Name>>,
  file: string,
): Name[] {
  const all = Object.keys(known) as Name[];
  if (metrics === undefined || metrics === null) return all.filter((name) => name !== 'acc_bytes');
  return metrics.map(({ metric }) => {
    const found = all.find((name) => name === metric);
    if (found === undefined) throw unsupported(file, `the metric ${metric}`, `Known: ${all.join(', ')}.`);
    return found;
  });
}

function datasetOf(yaml: TaskYaml, file: string): TaskDataset {
  const split = yaml.test_split ?? yaml.validation_split;
  if (split === undefined || split === null) {
    throw new BezoarError('BAD_CONFIG', `${file} names no test_split and no validation_split.`, {
      advice: 'Say which split is scored.',
    });
  }
  const fewshotSplit =
    yaml.fewshot_config?.split ??
    yaml.fewshot_split ??
    yaml.training_split ??
    yaml.validation_split ??
    undefined;
  const files = yaml.dataset_kwargs?.data_files;
  return {
    path: yaml.dataset_path,
    split,
    ...(yaml.dataset_name === undefined || yaml.dataset_name === null ? {} : { config: yaml.dataset_name }),
    ...(fewshotSplit === undefined ? {} : { fewshotSplit }),
    ...(files === undefined ? {} : { files: typeof files === 'string' ? { [split]: files } : files }),
  };
}

function fewshotOf(yaml: TaskYaml, file: string): Partial<FewshotRule> {
  const config = yaml.fewshot_config ?? {};
  const drawn = config.split ?? yaml.fewshot_split ?? undefined;
  const fields = createFields(
    {
      ...yaml,
      doc_to_text: config.doc_to_text ?? yaml.doc_to_text,
      doc_to_target: config.doc_to_target ?? yaml.doc_to_target,
    },
    file,
  );
  const differs = [
    config.doc_to_text,
    config.doc_to_target,
    config.target_delimiter,
    config.fewshot_delimiter,
  ].some((own) => own !== undefined);
  if (differs && config.samples === undefined)
    throw unsupported(file, 'fewshot_config with templates of its own for rows of a split');
  const examples = config.samples?.map((row) => ({
    prompt: pythonText(fields.text(row)),
    answer: pythonText(fields.target(row)),
  }));
  return {
    count: yaml.num_fewshot ?? 0,
    // The harness lets nobody override a zero that is written down.
    locked: yaml.num_fewshot === 0,
    sampler: config.sampler === 'first_n' ? 'first' : 'random',
    drawsOneMore: drawn === (yaml.test_split ?? undefined),
    delimiter: config.fewshot_delimiter ?? yaml.fewshot_delimiter ?? '\n\n',
    ...(examples === undefined ? {} : { examples }),
  };
}

function unsupported(file: string, what: string, advice = 'Write the task in TypeScript.'): BezoarError {
  return new BezoarError('UNSUPPORTED', `${file}: ${what} is not known here.`, { advice });
}
