import { stringify } from 'yaml';
import type { MetricScore } from '../metrics/summarize.ts';
import type { EvaluationReport, GroupReport, TaskReport } from './evaluation-report.ts';

/**
 * The scores of an evaluation as the metadata of a model card: YAML with the key `model-index`, as the Hugging Face Hub reads it. Groups stand
 * before the tasks that they are made of, with the number of these as `args.tasks`.
 */
export function toModelIndex(
  { tasks, groups, settings }: EvaluationReport,
  { name }: { readonly name: string },
): string {
  const results = [
    ...groups.map((report) => ({ dataset: datasetOfGroup(report, tasks), scores: report.scores })),
    ...tasks.map((report) => ({ dataset: datasetOf(report), scores: report.scores })),
  ].map(({ dataset, scores }) => ({
    task: { type: 'text-generation', name: 'Text Generation' },
    dataset,
    metrics: scores.map(metricOf),
  }));
  const source = { ...settings, rules: [...new Set(tasks.map(({ task }) => task.profile))].join(', ') };
  const comment = Object.entries(source).map(([key, value]) => `${key} ${value}`);
  return `# ${comment.join(', ')}\n${stringify({ 'model-index': [{ name, results }] })}`;
}

function metricOf({ metric, filter, value, stderr }: MetricScore): Record<string, unknown> {
  return {
    type: metric,
    value,
    name: filter === 'none' ? metric : `${metric} (${filter})`,
    ...(Number.isNaN(stderr) ? {} : { args: { stderr } }),
  };
}

/** What all of its tasks have in common. */
function datasetOfGroup(
  { group, tasks: names }: GroupReport,
  tasks: readonly TaskReport[],
): Record<string, unknown> {
  const members = tasks.filter(({ task }) => names.includes(task.name));
  const common = <Value>(of: (member: TaskReport) => Value): Value | undefined => {
    const values = new Set(members.map(of));
    return values.size === 1 ? [...values][0] : undefined;
  };
  const shots = common(({ numFewshot }) => numFewshot);
  return {
    name: group.name,
    type: common(({ task }) => task.dataset?.path) ?? group.name,
    args: {
      ...(shots === undefined ? {} : { num_few_shot: shots }),
      ...(group.version === undefined ? {} : { version: group.version }),
      tasks: members.length,
    },
  };
}

function datasetOf({ task, numFewshot }: TaskReport): Record<string, unknown> {
  const { path = task.name, config, split } = task.dataset ?? {};
  return {
    name: task.name,
    type: path,
    ...(config === undefined ? {} : { config }),
    ...(split === undefined ? {} : { split }),
    args: { num_few_shot: numFewshot, version: task.version },
  };
}
