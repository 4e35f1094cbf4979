import { join } from 'node:path';
import { formatDollars, formatNumber, formatShare } from '../report/format-number.ts';
import { metricNames } from '../report/sections/evaluation.ts';
import { trainingFigures } from '../report/training-figures.ts';
import { reportFileName } from '../report/write-report.ts';
import type { RunSummary, StageSummary } from '../run/run-summary.ts';
import type { Score } from '../stages/eval-scores.ts';
import { textTable, type TextTableOptions } from './text-table.ts';

/** A finished run as tables: rows, training, scores, calls, expectations, and where the report is. */
export function summaryText(
  { stages, expectations, runDir }: RunSummary,
  options: TextTableOptions = {},
): string {
  const blocks = [
    rowsTable(stages, options),
    trainingTable(stages),
    ...mergeTables(stages),
    ...scoreTables(stages),
    callsTable(stages),
  ];
  if (expectations.length > 0) {
    const lines = expectations.map(
      ({ met, metric, better, than, by, betterValue, thanValue }) =>
        `${met ? '✓' : '✗'} ${metric}: ${better} ${show(betterValue)}, ${than} ${show(thanValue)}, expected +${show(by)}\n`,
    );
    blocks.push(lines.join(''));
  }
  blocks.push(`Report: ${join(runDir, reportFileName)}\n`);
  return `\n${blocks.filter((block) => block !== '').join('\n')}`;
}

function rowsTable(stages: readonly StageSummary[], options: TextTableOptions): string {
  const rows = stages.flatMap(({ id, history: { funnel } }) => {
    if (funnel === undefined) return [];
    const reasons = Object.entries(funnel.dropped).map(([reason, count]) => `${reason} ${count}`);
    return [
      [
        id,
        `${funnel.input}`,
        `${funnel.kept}`,
        funnel.input === 0 ? '' : formatShare(funnel.kept / funnel.input),
        reasons.join(', '),
      ],
    ];
  });
  return rows.length === 0 ? '' : textTable([['rows', 'in', 'kept', 'share', 'dropped'], ...rows], options);
}

function trainingTable(stages: readonly StageSummary[]): string {
  const rows = stages.flatMap(({ id, history }) => {
    if (history.steps.length === 0) return [];
    const { firstLoss, lastLoss, evalLoss, tokensPerSecond } = trainingFigures(history);
    const figures = [firstLoss, lastLoss].map(formatNumber);
    return [[id, `${history.steps.length}`, ...figures, show(evalLoss), formatNumber(tokensPerSecond)]];
  });
  const head = ['training', 'steps', 'first loss', 'last loss', 'eval loss', 'tokens/s'];
  return rows.length === 0 ? '' : textTable([head, ...rows]);
}

const mergeNames = {
  adapter: 'base + adapter',
  dequantised: 'merged into the de-quantised base',
  original: 'merged into the original base',
} as const;

/** What each way of merging does to the loss. */
function mergeTables(stages: readonly StageSummary[]): string[] {
  return stages.flatMap(({ id, stage, history }) => {
    const measured = history.evaluations.at(-1)?.metrics;
    if (stage.kind !== 'merge' || measured?.['adapter'] === undefined) return [];
    const { adapter } = measured;
    const { into = 'dequantised' } = stage;
    const rows = Object.entries(mergeNames).flatMap(([key, name]) => {
      const loss = measured[key];
      if (loss === undefined) return [];
      const change = loss - adapter;
      const difference = `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(4)}`;
      return [
        [key === into ? `${name} (written)` : name, loss.toFixed(4), key === 'adapter' ? '' : difference],
      ];
    });
    return [textTable([[id, `loss on ${measured['rows']} rows`, 'difference'], ...rows])];
  });
}

function scoreTables(stages: readonly StageSummary[]): string[] {
  return stages.flatMap(({ id, stage, scores }) => {
    if (scores === undefined) return [];
    const metrics = metricNames(scores);
    // Many metrics and few models: these are the columns.
    if (stage.kind === 'mt-bench') {
      const models = Object.entries(scores.models);
      const lines = metrics.map((metric) => [
        metric,
        ...models.map(([, values]) => scoreCell(values[metric])),
      ]);
      return [textTable([[id, ...models.map(([model]) => model)], ...lines])];
    }
    const rows = Object.entries(scores.models).map(([model, values]) => [
      model,
      ...metrics.map((metric) => scoreCell(values[metric])),
    ]);
    return [textTable([[id, ...metrics], ...rows])];
  });
}

function scoreCell(score: Score | undefined): string {
  if (score === undefined) return '–';
  return `${score.value.toFixed(4)}${score.stderr === undefined ? '' : ` ± ${score.stderr.toFixed(4)}`}`;
}

function callsTable(stages: readonly StageSummary[]): string {
  const usages = stages.flatMap(({ id, history: { usage } }) =>
    usage === undefined ? [] : [{ id, ...usage }],
  );
  if (usages.length === 0) return '';
  const sum = (name: (typeof callColumns)[number]): number =>
    usages.reduce((total, usage) => total + (usage[name] ?? 0), 0);
  const total = Object.fromEntries(callColumns.map((name) => [name, sum(name)]));
  const rows = [...usages, ...(usages.length > 1 ? [{ id: 'all', ...total }] : [])].map(
    (usage: { readonly id: string } & Partial<Record<(typeof callColumns)[number], number>>) => [
      usage.id,
      ...callColumns.slice(0, 4).map((name) => formatNumber(usage[name] ?? 0)),
      costCell(usage),
    ],
  );
  const twice = sum('paidTwice');
  const warning =
    twice === 0
      ? ''
      : `${formatNumber(twice)} calls were made again because they had been broken off: up to ${formatDollars(sum('paidTwiceCost'))} more may be on the bill.\n`;
  return (
    textTable([['model calls', 'made', 'from the ledger', 'tokens in', 'tokens out', 'cost'], ...rows]) +
    warning
  );
}

/** What is not priced is no zero. */
function costCell({
  calls = 0,
  cost,
  unpriced = 0,
}: Partial<Record<'calls' | 'cost' | 'unpriced', number>>): string {
  if (cost === undefined || (unpriced > 0 && cost === 0)) return calls === 0 ? '–' : 'no price';
  return unpriced > 0
    ? `${formatDollars(cost)} and ${formatNumber(unpriced)} without a price`
    : formatDollars(cost);
}

const callColumns = [
  'calls',
  'cached',
  'inputTokens',
  'outputTokens',
  'cost',
  'unpriced',
  'paidTwice',
  'paidTwiceCost',
] as const;

function show(value: number | undefined): string {
  return value === undefined ? '–' : formatNumber(value);
}
