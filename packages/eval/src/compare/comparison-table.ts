import type { ComparisonCell, ComparisonRow, EvaluationComparison } from './compare-evaluations.ts';

/**
 * Models side by side as a Markdown table, as papers print them: the best value of a row is bold, `±` stands before the standard
 * error, the tasks of a group are left out, and a star marks what differs from the first model (adjusted p below 0.05). Notes follow.
 */
export function comparisonTable({ models, rows, averages, notes }: EvaluationComparison): string {
  const header = ['Task', 'Shots', 'Metric', ...models];
  const alignment = ['---', '---:', '---', ...models.map(() => '---:')];
  const body = rows
    .filter(({ isMember, isGroup }) => isGroup || !isMember)
    .map((row) => [
      row.isGroup ? `${row.task} (group)` : row.task,
      row.shots === undefined ? '' : String(row.shots),
      metricName(row),
      ...row.cells.map(cellText),
    ]);
  const average = averages.every((value) => value === undefined)
    ? []
    : [['Average', '', 'main metrics', ...averages.map((value) => value?.toFixed(4) ?? '')]];
  const table = [header, alignment, ...body, ...average].map(
    (cells) => `| ${cells.map(escape).join(' | ')} |`,
  );
  const stars = rows.some(({ cells }) => cells.some((cell) => isDifferent(cell)));
  const explained = stars
    ? [
        `- \\* differs from ${escape(models[0]!)}: p < 0.05 among all tests of this table, document by document.`,
      ]
    : [];
  return (
    [...table, '', ...explained, ...notes.map((note) => `- ${escape(note)}`)].join('\n').trimEnd() + '\n'
  );
}

/** The metric, with the filter where there is one. */
export function metricName({ metric, filter }: Pick<ComparisonRow, 'metric' | 'filter'>): string {
  return filter === 'none' ? metric : `${metric} (${filter})`;
}

/** Whether a cell differs from the baseline by more than chance explains. */
export function isDifferent(cell: ComparisonCell | undefined): boolean {
  return cell?.paired !== undefined && cell.paired.adjustedPValue < 0.05;
}

function cellText(cell: ComparisonCell | undefined): string {
  if (cell === undefined) return '';
  const value = cell.isBest ? `**${cell.value.toFixed(4)}**` : cell.value.toFixed(4);
  const error = cell.stderr === undefined ? '' : ` ± ${cell.stderr.toFixed(4)}`;
  return `${value}${error}${isDifferent(cell) ? ' \\*' : ''}`;
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|');
}
