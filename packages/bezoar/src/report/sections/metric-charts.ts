import type { StageHistory } from '../../events/stage-history.ts';
import { lineChart, type Line } from '../charts/line-chart.ts';
import { smooth } from '../charts/smooth.ts';
import { html, type Html } from '../html.ts';

interface MetricChart {
  readonly title: string;
  readonly note?: string;
  readonly zero?: boolean;
  /** Metrics by their names in events, each with its label and colour. */
  readonly lines: readonly (readonly [name: string, label: string, color: number])[];
}

const charts: readonly MetricChart[] = [
  {
    title: 'Rewards',
    note: 'the margin should grow',
    lines: [
      ['rewards/chosen', 'chosen', 4],
      ['rewards/rejected', 'rejected', 5],
      ['rewards/margins', 'margin', 3],
    ],
  },
  {
    title: 'Pairs ordered rightly',
    note: 'chance is 0.5',
    zero: true,
    lines: [['rewards/accuracies', 'share of pairs', 6]],
  },
  {
    title: 'Log-probabilities of answers',
    note: 'sums over the answer',
    lines: [
      ['logps/chosen', 'chosen', 4],
      ['logps/rejected', 'rejected', 5],
    ],
  },
  {
    title: 'Mean logits',
    lines: [
      ['logits/chosen', 'chosen', 4],
      ['logits/rejected', 'rejected', 5],
    ],
  },
  { title: 'Divergence from the reference', zero: true, lines: [['kl', 'estimate', 3]] },
  { title: 'Cross-entropy of chosen answers', lines: [['nll_loss', 'per token', 1]] },
  { title: 'Log odds of chosen over rejected', lines: [['log_odds_chosen', 'log odds', 3]] },
  { title: 'Tokens predicted rightly', zero: true, lines: [['mean_token_accuracy', 'share of tokens', 6]] },
];

/** Curves of what a training reports beside its loss, with dots for the held-out rows: those that there are. */
export function metricCharts({ steps, evaluations }: StageHistory): Html {
  const pointsOf = (name: string): (readonly [number, number])[] =>
    steps.flatMap(({ step, metrics }) =>
      metrics?.[name] === undefined ? [] : [[step, metrics[name]] as const],
    );
  const heldOut = (name: string): (readonly [number, number])[] =>
    evaluations.flatMap(({ step, metrics }) => {
      const value = metrics[`eval_${name}`];
      return value === undefined ? [] : [[step, value] as const];
    });
  return html`${charts.map(({ lines, note, ...rest }) =>
    lineChart({
      ...rest,
      note: note === undefined ? 'smoothed' : `smoothed; ${note}`,
      xLabel: 'step',
      lines: lines.flatMap(([name, label, color]): Line[] => [
        { label, color, points: smooth(pointsOf(name)) },
        { label: `${label}, held out`, color, look: 'dots', points: heldOut(name) },
      ]),
    }),
  )}`;
}
