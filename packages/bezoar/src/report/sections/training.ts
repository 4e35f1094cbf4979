import type { StageSummary } from '../../run/run-summary.ts';
import type { StageHistory } from '../../events/stage-history.ts';
import { lineChart, type Line } from '../charts/line-chart.ts';
import { smooth } from '../charts/smooth.ts';
import { formatNumber } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import { metricCharts } from './metric-charts.ts';
import { trainingFigures } from '../training-figures.ts';

/** Curves of every training stage: loss, what else it reports, gradient norm and learning rate. */
export function training(stages: readonly StageSummary[]): Html {
  const trained = stages.filter(({ history }) => history.steps.length > 0);
  if (trained.length === 0) return html``;
  return html`<section aria-labelledby="training">
    <h2 id="training">Training</h2>
    ${trained.map(stageCharts)}
  </section>`;
}

function stageCharts({ id, stage, history }: StageSummary): Html {
  const figures = trainingFigures(history);
  return html`<article class="wide card">
    <h3>
      ${id} <small>${stage.kind === 'dpo' ? 'DPO' : 'SFT'} from ${'from' in stage ? stage.from : ''}</small>
    </h3>
    <p class="figures">
      ${history.steps.length} steps · loss ${formatNumber(figures.firstLoss)} →
      ${formatNumber(figures.lastLoss)}${figures.evalLoss === undefined ? '' : ` · evaluation loss ${figures.firstEvalLoss === undefined ? '' : `${formatNumber(figures.firstEvalLoss)} → `}${formatNumber(figures.evalLoss)}`}
      · ${formatNumber(figures.tokensPerSecond)} tokens/s
    </p>
    <div class="charts pairs">
      ${lineChart({ title: 'Loss', xLabel: 'step', lines: lossLines(history) })} ${metricCharts(history)}
      ${lineChart({ title: 'Gradient norm', xLabel: 'step', zero: true, lines: [{ label: 'gradient norm', color: 2, points: smooth(history.steps.map(({ step, gradNorm }) => [step, gradNorm])) }] })}
      ${lineChart({ title: 'Learning rate', xLabel: 'step', zero: true, lines: [{ label: 'learning rate', color: 3, points: history.steps.map(({ step, learningRate }) => [step, learningRate]) }] })}
    </div>
  </article>`;
}

function lossLines({ steps, evaluations }: StageHistory): Line[] {
  const raw = steps.map(({ step, loss }) => [step, loss] as const);
  return [
    { label: 'training (each step)', color: 1, look: 'faint', points: raw },
    { label: 'training, smoothed', color: 1, points: smooth(raw) },
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
