import { join } from 'node:path';
import { formatNumber, formatShare } from '../report/format-number.ts';
import { metricNames } from '../report/sections/evaluation.ts';
import { trainingFigures } from '../report/training-figures.ts';
import { reportFileName } from '../report/write-report.ts';
import type { RunSummary, StageSummary } from '../run/run-summary.ts';
import { textTable } from './text-table.ts';

/** A finished run as tables: rows, training, scores, calls, expectations, and where the report is. */
export function summaryText({ stages, expectations, runDir }: RunSummary): string {
  const blocks = [rowsTable(stages), trainingTable(stages), ...scoreTables(stages), callsLine(stages)];
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

function rowsTable(stages: readonly StageSummary[]): string {
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
  return rows.length === 0 ? '' : textTable([['rows', 'in', 'kept', 'share', 'dropped'], ...rows]);
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

function scoreTables(stages: readonly StageSummary[]): string[] {
  return stages.flatMap(({ id, scores }) => {
    if (scores === undefined) return [];
    const metrics = metricNames(scores);
    const rows = Object.entries(scores.models).map(([model, values]) => [
      model,
      ...metrics.map((metric) => {
        const score = values[metric];
        if (score === undefined) return '–';
        return `${score.value.toFixed(4)}${score.stderr === undefined ? '' : ` ± ${score.stderr.toFixed(4)}`}`;
      }),
    ]);
    return [textTable([[id, ...metrics], ...rows])];
  });
}

function callsLine(stages: readonly StageSummary[]): string {
  const usages = stages.flatMap(({ history: { usage } }) => (usage === undefined ? [] : [usage]));
  if (usages.length === 0) return '';
  const total = (name: 'calls' | 'cached' | 'inputTokens' | 'outputTokens'): string =>
    formatNumber(usages.reduce((sum, usage) => sum + usage[name], 0));
  const cost = usages.reduce((sum, usage) => sum + (usage.cost ?? 0), 0);
  const money = cost === 0 ? '' : `, $${cost.toFixed(4)}`;
  return `Model calls: ${total('calls')} made, ${total('cached')} from the ledger; ${total('inputTokens')} tokens in, ${total('outputTokens')} out${money}.\n`;
}

function show(value: number | undefined): string {
  return value === undefined ? '–' : formatNumber(value);
}
