import { stringify } from 'yaml';
import type { EvaluationReport, TaskReport } from './evaluation-report.ts';

/** The scores of an evaluation as the metadata of a model card: YAML with the key `model-index`, as the Hugging Face Hub reads it. */
export function toModelIndex(
  { tasks, settings }: EvaluationReport,
  { name }: { readonly name: string },
): string {
  const results = tasks.map((report) => ({
    task: { type: 'text-generation', name: 'Text Generation' },
    dataset: datasetOf(report),
    metrics: report.scores.map(({ metric, filter, value, stderr }) => ({
      type: metric,
      value,
      name: filter === 'none' ? metric : `${metric} (${filter})`,
      ...(Number.isNaN(stderr) ? {} : { args: { stderr } }),
    })),
  }));
  const source = { ...settings, rules: [...new Set(tasks.map(({ task }) => task.profile))].join(', ') };
  const comment = Object.entries(source).map(([key, value]) => `${key} ${value}`);
  return `# ${comment.join(', ')}\n${stringify({ 'model-index': [{ name, results }] })}`;
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
