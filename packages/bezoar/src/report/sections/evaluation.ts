import type { StageSummary } from '../../run/run-summary.ts';
import type { EvalScores } from '../../stages/eval-scores.ts';
import { barChart } from '../charts/bar-chart.ts';
import { formatNumber } from '../format-number.ts';
import { html, type Html } from '../html.ts';

/** Bars with standard errors for every metric, and all numbers as a table. */
export function evaluation(stages: readonly StageSummary[]): Html {
  const scored = stages.flatMap(({ id, scores }) => (scores === undefined ? [] : [{ id, scores }]));
  if (scored.length === 0) return html``;
  return html`<section aria-labelledby="evaluation">
    <h2 id="evaluation">Evaluation</h2>
    ${scored.map(({ id, scores }) => scoresOf(id, scores))}
  </section>`;
}

function scoresOf(id: string, { models }: EvalScores): Html {
  const names = Object.keys(models);
  const metrics = metricNames({ models });
  return html`<article class="wide card">
    <h3>${id}</h3>
    <p class="figures">Error bars are one standard error. The last model is highlighted.</p>
    <div class="charts">
      ${metrics.map((metric) =>
        barChart({
          title: metric,
          max: metrics.every((each) => names.every((name) => (models[name]?.[each]?.value ?? 0) <= 1))
            ? 1
            : 0,
          bars: names.flatMap((name) => {
            const score = models[name]?.[metric];
            if (score === undefined) return [];
            return [{ label: name, value: score.value, error: score.stderr, strong: name === names.at(-1) }];
          }),
        }),
      )}
    </div>
    <div class="scroll">
      <table class="numbers">
        <caption class="hidden">
          All scores of ${id}
        </caption>
        <thead>
          <tr>
            <th scope="col">model</th>
            ${metrics.map((metric) => html`<th scope="col">${metric}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${names.map(
            (name) =>
              html`<tr>
                <th scope="row">${name}</th>
                ${metrics.map((metric) => html`<td>${scoreText(models[name]?.[metric])}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </article>`;
}

/** All metrics of all models, in the order in which they first appear. */
export function metricNames({ models }: Pick<EvalScores, 'models'>): string[] {
  return [...new Set(Object.values(models).flatMap((scores) => Object.keys(scores)))];
}

function scoreText(
  score: { readonly value: number; readonly stderr?: number | undefined } | undefined,
): string {
  if (score === undefined) return '–';
  return score.stderr === undefined
    ? formatNumber(score.value)
    : `${formatNumber(score.value)} ± ${formatNumber(score.stderr)}`;
}
