import { higherIsBetter } from '../metrics/aggregate.ts';
import type { MetricScore } from '../metrics/summarize.ts';
import type { Task } from '../tasks/task.ts';
import type { EvaluationReport, GroupReport, TaskReport } from './evaluation-report.ts';
import { taskHash } from './lm-eval-samples.ts';

type GroupResults = Readonly<Record<string, number | string | Readonly<Record<string, number>>>>;

/** `results_<time>.json` of LM-Eval-Harness 0.4: what its readers look up, and nothing that was not measured. */
export interface LmEvalResults {
  /** By task: `name`, `alias`, `sample_len`, and `<metric>,<filter>` with `<metric>_stderr,<filter>`. */
  readonly results: Readonly<Record<string, GroupResults>>;
  /** Those of groups again. Absent without groups. */
  readonly groups?: Readonly<Record<string, GroupResults>>;
  /** By group: the names of its members. */
  readonly group_subtasks: Readonly<Record<string, readonly string[]>>;
  readonly configs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly versions: Readonly<Record<string, number | string>>;
  readonly 'n-shot': Readonly<Record<string, number>>;
  readonly higher_is_better: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  readonly 'n-samples': Readonly<Record<string, { readonly original: number; readonly effective: number }>>;
  readonly config: Readonly<Record<string, unknown>>;
  /** Seconds since 1970. */
  readonly date: number;
  readonly task_hashes: Readonly<Record<string, string>>;
  readonly model_source: string;
  readonly model_name: string;
  readonly model_name_sanitized: string;
  readonly total_evaluation_time_seconds: string;
}

/** An evaluation in the layout of the harness's results file. */
export function toLmEvalResults(report: EvaluationReport, { date }: { readonly date: Date }): LmEvalResults {
  const byTask = <Value>(value: (task: TaskReport) => Value): Record<string, Value> =>
    Object.fromEntries(report.tasks.map((task) => [task.task.name, value(task)]));
  const groups = Object.fromEntries(
    report.groups.map((each) => [each.group.name, groupResultsOf(each, report)]),
  );
  return {
    results: { ...byTask(resultsOf), ...groups },
    ...(report.groups.length === 0 ? {} : { groups }),
    group_subtasks: Object.fromEntries(report.groups.map(({ group }) => [group.name, group.members])),
    configs: byTask(({ task, numFewshot }) => configOf(task, numFewshot)),
    versions: {
      ...byTask(({ task }) => task.version),
      ...Object.fromEntries(
        report.groups.map(({ group }) => [
          group.name,
          group.version === undefined ? 'N/A' : String(group.version),
        ]),
      ),
    },
    'n-shot': byTask(({ numFewshot }) => numFewshot),
    higher_is_better: byTask(({ scores }) =>
      Object.fromEntries(scores.map(({ metric }) => [metric, higherIsBetter(metric)] as const)),
    ),
    'n-samples': byTask(({ docs }) => docs),
    config: {
      model: 'bezoar',
      model_args: { pretrained: report.model, ...report.settings },
      limit: report.limit ?? null,
      fewshot_seed: report.fewshotSeed,
    },
    date: date.getTime() / 1000,
    task_hashes: byTask(taskHash),
    model_source: 'bezoar',
    model_name: report.model,
    model_name_sanitized: sanitizeModelName(report.model),
    total_evaluation_time_seconds: String(report.seconds),
  };
}

/** Runs of characters that file systems refuse become two underscores, as in the harness. */
export function sanitizeModelName(name: string): string {
  return name.replace(/["<>:/\\|?*[\]]+/g, '__');
}

function resultsOf({ task, docs, scores }: TaskReport): Record<string, number | string> {
  return {
    name: task.name,
    alias: task.alias ?? task.name,
    sample_len: docs.effective,
    ...entriesOf(scores),
  };
}

function groupResultsOf({ group, tasks, scores }: GroupReport, report: EvaluationReport): GroupResults {
  const members = report.tasks.filter(({ task }) => tasks.includes(task.name));
  return {
    alias: group.alias ?? group.name,
    name: group.name,
    sample_len: members.reduce((sum, { docs }) => sum + docs.effective, 0),
    ...entriesOf(scores),
    sample_count: Object.fromEntries(scores.map(({ metric, filter, n }) => [`${metric},${filter}`, n])),
  };
}

function entriesOf(scores: readonly MetricScore[]): Record<string, number | string> {
  const entries = scores.flatMap(({ metric, filter, value, stderr }) => [
    [`${metric},${filter}`, value] as const,
    [`${metric}_stderr,${filter}`, Number.isNaN(stderr) ? 'N/A' : stderr] as const,
  ]);
  return Object.fromEntries(entries);
}

function configOf(task: Task, numFewshot: number): Record<string, unknown> {
  return {
    task: task.name,
    output_type: task.kind,
    num_fewshot: numFewshot,
    target_delimiter: task.targetDelimiter,
    fewshot_delimiter: '\n\n',
    ...(task.kind === 'generate_until'
      ? {
          generation_kwargs: {
            until: task.until,
            do_sample: false,
            temperature: 0,
            max_gen_toks: task.maxTokens,
          },
        }
      : {}),
    metadata: { version: task.version, profile: task.profile },
  };
}
