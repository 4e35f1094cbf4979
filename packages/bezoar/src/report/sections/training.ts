import type { StageHistory } from '../../events/stage-history.ts';
import type { StageSummary } from '../../run/run-summary.ts';
import { lineChart, type Line } from '../charts/line-chart.ts';
import { smooth } from '../charts/smooth.ts';
import { formatNumber } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import type { PageSection } from '../render-page.ts';
import { trainingFigures } from '../training-figures.ts';
import { metricCharts } from './metric-charts.ts';

/** Curves of every training stage: loss, what else it reports, gradient norm and learning rate. */
export function training(stages: readonly StageSummary[]): PageSection | undefined {
  const trained = stages.filter(({ history }) => history.steps.length > 0);
  if (trained.length === 0) return undefined;
  return { id: 'training', title: 'Training', content: html`${trained.map(stageCharts)}` };
}

function stageCharts({ id, stage, history }: StageSummary): Html {
  const { firstLoss, lastLoss, firstEvalLoss, evalLoss, tokensPerSecond } = trainingFigures(history);
  const { steps } = history;
  return html`<article class="card">
    <h3>
      ${id} <small>${stage.kind === 'dpo' ? 'DPO' : 'SFT'}${'from' in stage && ` from ${stage.from}`}</small>
    </h3>
    <p class="figures">
      ${formatNumber(steps.length)} steps · loss ${formatNumber(firstLoss)} → ${formatNumber(lastLoss)}
      ${evalLoss !== undefined && `· held-out loss ${firstEvalLoss === undefined ? '' : `${formatNumber(firstEvalLoss)} → `}${formatNumber(evalLoss)}`}
      · ${formatNumber(tokensPerSecond)} tokens/s
    </p>
    <div class="charts">
      ${lineChart({ title: 'Loss', note: 'lower is better', xLabel: 'step', lines: lossLines(history) })}
      ${metricCharts(history)}
      ${lineChart({
        title: 'Gradient norm',
        note: 'before clipping',
        xLabel: 'step',
        zero: true,
        lines: noisyLine(
          'gradient norm',
          2,
          steps.map(({ step, gradNorm }) => [step, gradNorm]),
        ),
      })}
      ${lineChart({
        title: 'Learning rate',
        xLabel: 'step',
        zero: true,
        lines: [
          {
            label: 'learning rate',
            color: 3,
            points: steps.map(({ step, learningRate }) => [step, learningRate]),
          },
        ],
      })}
    </div>
  </article>`;
}

function lossLines({ steps, evaluations }: StageHistory): Line[] {
  return [
    ...noisyLine(
      'training',
      1,
      steps.map(({ step, loss }) => [step, loss]),
    ),
    {
      label: 'held-out rows',
      color: 2,
      look: 'dots',
      points: evaluations.flatMap(({ step, metrics }) =>
        metrics['eval_loss'] === undefined ? [] : [[step, metrics['eval_loss']] as const],
      ),
    },
  ];
}

function noisyLine(label: string, color: number, raw: readonly (readonly [number, number])[]): Line[] {
  return [
    { label: `${label}, each step`, color, look: 'faint', points: raw },
    { label: `${label}, smoothed`, color, points: smooth(raw) },
  ];
}
