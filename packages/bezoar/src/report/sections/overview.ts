import type { RunSummary, StageSummary } from '../../run/run-summary.ts';
import { formatNumber, formatSeconds } from '../format-number.ts';
import { html, type Html } from '../html.ts';

/** The run in one view: the figures that people ask for first, and the stages in order. */
export function overview({ stages, expectations }: RunSummary): Html {
  return html`<section aria-labelledby="overview">
    <h2 id="overview" class="hidden">Overview</h2>
    <dl class="tiles">
      ${tiles(stages).map(
        ([name, value, note]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
            ${note === undefined ? '' : html`<dd class="note">${note}</dd>`}
          </div>`,
      )}
    </dl>
    <ol class="pipeline">
      ${stages.map((stage) => html`<li class="k-${stage.stage.kind}"><b>${stage.id}</b><span>${stage.stage.kind} · ${formatSeconds(stage.history.seconds)}</span></li>`)}
    </ol>
    ${
      expectations.length === 0
        ? ''
        : html`<ul class="checks">
            ${expectations.map(
              ({ met, metric, better, than, by, betterValue, thanValue }) =>
                html`<li class="${met ? 'met' : 'missed'}">
                  <b>${met ? '✓' : '✗'} ${metric}</b>: ${better} ${show(betterValue)} against ${than}
                  ${show(thanValue)}, expected +${show(by)}
                </li>`,
            )}
          </ul>`
    }
  </section>`;
}

function tiles(stages: readonly StageSummary[]): [string, string, string?][] {
  const funnels = stages.flatMap(({ stage, history }) =>
    stage.kind === 'filter' || history.funnel === undefined ? [] : [history.funnel],
  );
  const filters = stages.flatMap(({ stage, history }) =>
    stage.kind === 'filter' && history.funnel !== undefined ? [history.funnel] : [],
  );
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const steps = stages.flatMap(({ history }) => history.steps);
  const usages = stages.flatMap(({ history }) => (history.usage === undefined ? [] : [history.usage]));
  const result: [string, string, string?][] = [];
  if (funnels.length > 0) result.push(['rows generated', formatNumber(sum(funnels.map(({ kept }) => kept)))]);
  if (filters.length > 0)
    result.push([
      'rows kept',
      formatNumber(sum(filters.map(({ kept }) => kept))),
      `of ${formatNumber(sum(filters.map(({ input }) => input)))} judged`,
    ]);
  if (steps.length > 0)
    result.push([
      'training steps',
      formatNumber(steps.length),
      `${formatNumber(sum(steps.map(({ tokens }) => tokens)))} tokens`,
    ]);
  if (usages.length > 0)
    result.push([
      'model calls',
      formatNumber(sum(usages.map(({ calls }) => calls))),
      `${formatNumber(sum(usages.map(({ inputTokens, outputTokens }) => inputTokens + outputTokens)))} tokens`,
    ]);
  result.push(['time', formatSeconds(sum(stages.map(({ history }) => history.seconds)))]);
  return result;
}

function show(value: number | undefined): string {
  return value === undefined ? '–' : formatNumber(value);
}
