import type { StageSummary } from '../../run/run-summary.ts';
import type { EvalScores, Score, ScoreDifference } from '../../stages/eval-scores.ts';
import { dotChart } from '../charts/dot-chart.ts';
import { differenceText } from '../difference-text.ts';
import { formatNumber, formatShort } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import { numberTable } from '../number-table.ts';
import type { PageSection } from '../render-page.ts';
import { scoreInterval } from '../score-interval.ts';

/** More charts than this are folded: groups of tasks have dozens. */
const openCharts = 8;

/** Every metric of every model with its interval, and how models differ from the first one and from the one before them. */
export function evaluation(stages: readonly StageSummary[]): PageSection | undefined {
  const scored = stages.flatMap(({ id, stage, scores }) =>
    scores === undefined || stage.kind === 'mt-bench' ? [] : [{ id, scores }],
  );
  if (scored.length === 0) return undefined;
  return {
    id: 'evaluation',
    title: 'Evaluation',
    content: html`${scored.map(({ id, scores }) => stageScores(id, scores))}`,
  };
}

function stageScores(id: string, scores: EvalScores): Html {
  const metrics = metricNames(scores);
  const isMember = (metric: string): boolean =>
    Object.values(scores.models).some((own) => own[metric]?.isMember === true);
  const [members, main] = [metrics.filter(isMember), metrics.filter((metric) => !isMember(metric))];
  const [open, folded] = [main.slice(0, openCharts), [...main.slice(openCharts), ...members]];
  return html`<article class="card">
    <h3>${id}</h3>
    ${overviewTable(id, { ...scores, metrics: main })}
    <p class="figures">
      Whiskers and brackets are 95 % intervals, ± is one standard error, the dashed line is where the first
      model is.
      ${
        (scores.differences ?? []).length > 0 &&
        `Differences are tested document by document (McNemar’s exact test, else a paired bootstrap), and
      p-values adjusted for all tests of the evaluation (Holm): “better” and “worse” stand where p < 0.05.`
      }
    </p>
    ${open.map((metric) => metricBlock(metric, scores))}
    ${
      folded.length > 0 &&
      html`<details class="fold">
        <summary>${folded.length} more <small>tasks of groups, and further metrics</small></summary>
        ${folded.map((metric) => metricBlock(metric, scores))}
      </details>`
    }
  </article>`;
}

/** All at a glance: models as rows. */
function overviewTable(
  id: string,
  { models, metrics }: Pick<EvalScores, 'models'> & { readonly metrics: readonly string[] },
): Html {
  return numberTable({
    label: `All scores of ${id}`,
    columns: ['model', ...metrics],
    rows: Object.entries(models).map(
      ([name, scores]) =>
        html`<tr>
          <th scope="row">${name}</th>
          ${metrics.map((metric) => html`<td>${scoreText(scores[metric])}</td>`)}
        </tr>`,
    ),
  });
}

function metricBlock(metric: string, { models, differences = [] }: EvalScores): Html {
  const scored = Object.entries(models).flatMap(([model, scores]) => {
    const score = scores[metric];
    return score === undefined ? [] : [{ model, score, interval: scoreInterval(score) }];
  });
  const own = differences.filter((each) => each.metric === metric);
  const [first] = scored;
  const others = own.filter(({ baseline }) => baseline !== first?.model);
  const columns = [
    'model',
    'score [95 % interval]',
    ...(own.length > others.length && first !== undefined ? [`against ${first.model}`] : []),
    ...(others.length > 0 ? ['against the one before'] : []),
  ];
  const find = (
    list: readonly ScoreDifference[],
    model: string,
    isFirst: boolean,
  ): ScoreDifference | undefined =>
    list.find((each) => each.model === model && (each.baseline === first?.model) === isFirst);
  return html`<section class="metric" aria-label="${metric}">
    ${dotChart({
      title: metric,
      scale: scaleOf(scored.map(({ score }) => score)),
      dots: scored.map(({ model, score, interval }) => ({ label: model, value: score.value, interval })),
    })}
    ${numberTable({
      label: `${metric} by model`,
      columns,
      rows: scored.map(
        ({ model, score, interval }) =>
          html`<tr>
            <th scope="row">${model}</th>
            <td>
              ${scoreText(score)}
              ${interval !== undefined && html`<br /><small>[${formatShort(interval[0])}, ${formatShort(interval[1])}]</small>`}
            </td>
            ${own.length > others.length && html`<td>${differenceText(find(own, model, true))}</td>`}
            ${others.length > 0 && html`<td>${differenceText(find(own, model, false), { named: true })}</td>`}
          </tr>`,
      ),
    })}
  </section>`;
}

function scaleOf(scores: readonly Score[]): string {
  const counts = [...new Set(scores.flatMap(({ n }) => n ?? []))];
  const isShare = scores.every(
    ({ value, higherIsBetter = true }) => higherIsBetter && value >= 0 && value <= 1,
  );
  return [
    isShare ? 'share' : undefined,
    scores.some(({ higherIsBetter }) => higherIsBetter === false) ? 'lower is better' : 'higher is better',
    counts.length === 0 ? undefined : `n = ${counts.map(formatNumber).join(', ')}`,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** All metrics of all models, in the order in which they first appear. */
export function metricNames({ models }: Pick<EvalScores, 'models'>): string[] {
  return [...new Set(Object.values(models).flatMap((scores) => Object.keys(scores)))];
}

function scoreText(score: Score | undefined): Html {
  if (score === undefined) return html`–`;
  const { value, stderr } = score;
  return html`${formatNumber(value)}${stderr !== undefined && html` <small>± ${formatShort(stderr)}</small>`}`;
}
