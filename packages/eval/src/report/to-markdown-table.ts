import type { MetricScore } from '../metrics/summarize.ts';
import type { EvaluationReport, TaskReport } from './evaluation-report.ts';

/**
 * Scores of one or more models as a Markdown table: a row for each metric, a column for each model, `value ± stderr`. Below
 * it stands what the scores depend on: each model's settings (BOS above all), the limit, whose rules the tasks follow.
 */
export function toMarkdownTable(reports: readonly EvaluationReport[]): string {
  const header = ['Task', 'Version', 'Shots', 'Filter', 'Metric', 'n', ...reports.map(({ model }) => model)];
  const rows = new Map<string, string[]>();
  for (const [column, report] of reports.entries()) {
    for (const task of report.tasks) {
      for (const score of task.scores) {
        const labels = labelsOf(task, score);
        const key = labels.join('|');
        const row = rows.get(key) ?? [...labels, ...reports.map(() => '')];
        row[labels.length + column] = cell(score);
        rows.set(key, row);
      }
    }
  }
  const alignment = header.map((_, index) => (index === 0 || index === 3 || index === 4 ? '---' : '---:'));
  const table = [header, alignment, ...rows.values()].map((row) => `| ${row.map(escape).join(' | ')} |`);
  return [...table, '', ...reports.map(note)].join('\n') + '\n';
}

function labelsOf({ task, numFewshot }: TaskReport, { filter, metric, n }: MetricScore): string[] {
  return [task.name, String(task.version), String(numFewshot), filter, metric, String(n)];
}

function cell({ value, stderr }: MetricScore): string {
  return Number.isNaN(stderr) ? value.toFixed(4) : `${value.toFixed(4)} ± ${stderr.toFixed(4)}`;
}

function note({ model, settings, limit, tasks }: EvaluationReport): string {
  const facts = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  if (limit !== undefined) facts.push(`limit ${limit} (a trial, not a score)`);
  const profiles = [...new Set(tasks.map(({ task }) => task.profile))].join(', ');
  return `- ${escape(model)}: ${[...facts, `rules of ${profiles}`].join(', ')}`;
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|');
}
