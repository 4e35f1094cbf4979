import type { ExpectationResult, RunSummary, StageSummary } from '../../run/run-summary.ts';
import { formatDate, formatDollars, formatNumber, formatSeconds } from '../format-number.ts';
import { signed } from '../difference-text.ts';
import { html, type Html } from '../html.ts';
import { numberTable } from '../number-table.ts';
import type { PageSection } from '../render-page.ts';

/** The run in one view: how it ended, the figures that people ask for first, and the stages in order. */
export function overview(summary: RunSummary): PageSection {
  const { stages, expectations } = summary;
  return {
    id: 'overview',
    title: 'Overview',
    content: html`${outcome(summary)}
      <dl class="tiles">
        ${tiles(summary).map(
          ([name, value, note]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
              ${note !== undefined && html`<dd class="note">${note}</dd>`}
            </div>`,
        )}
      </dl>
      ${expectations.length > 0 && expectationTable(expectations)}
      <h3>Stages</h3>
      <ol class="pipeline">
        ${stages.map(
          ({ id, stage, history }) =>
            html`<li class="k-${stage.kind}">
              <b>${id}</b><span>${stage.kind} · ${formatSeconds(history.seconds)}</span>
            </li>`,
        )}
      </ol>
      ${warnings(stages)}`,
  };
}

function outcome({ stages, expectations, finished }: RunSummary): Html {
  const missed = expectations.filter(({ met }) => !met).length;
  const when = finished === undefined ? '' : ` ${formatDate(finished)}`;
  const count = stages.length === 1 ? 'The stage is' : `All ${stages.length} stages are`;
  const done = `${count} done${when}.`;
  if (expectations.length === 0) return html`<p class="outcome">${done}</p>`;
  const of =
    expectations.length === 1
      ? 'the expectation'
      : `${missed === 0 ? 'all' : `${missed} of`} ${expectations.length} expectations`;
  return html`<p class="outcome ${missed === 0 ? 'met' : 'missed'}">
    <b>${missed === 0 ? `✓ Met ${of}.` : `✗ Missed ${of}.`}</b> ${done}
  </p>`;
}

const columns = ['outcome', 'metric', 'model', 'score', 'against', 'score', 'difference', 'expected'];

function expectationTable(expectations: readonly ExpectationResult[]): Html {
  return html`<h3>Expectations</h3>
    ${numberTable({
      label: 'Expectations',
      columns,
      rows: expectations.map(
        ({ met, metric, better, than, by, betterValue, thanValue }) =>
          html`<tr>
            <td class="${met ? 'met' : 'missed'}"><b>${met ? '✓ met' : '✗ missed'}</b></td>
            <th scope="row">${metric}</th>
            <td>${better}</td>
            <td>${show(betterValue)}</td>
            <td>${than}</td>
            <td>${show(thanValue)}</td>
            <td>
              ${betterValue === undefined || thanValue === undefined ? '–' : signed(betterValue - thanValue)}
            </td>
            <td>${signed(by)}</td>
          </tr>`,
      ),
    })}`;
}

type Tile = readonly [name: string, value: string, note?: string | undefined];

function tiles({ recipe, stages }: RunSummary): Tile[] {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const funnels = (isFilter: boolean) =>
    stages.flatMap(({ stage, history }) =>
      history.funnel === undefined || (stage.kind === 'filter' || stage.kind === 'clean') !== isFilter
        ? []
        : [history.funnel],
    );
  const [made, filtered] = [funnels(false), funnels(true)];
  const steps = stages.flatMap(({ history }) => history.steps);
  const usages = stages.flatMap(({ history }) => (history.usage === undefined ? [] : [history.usage]));
  const result: Tile[] = [];
  if (made.length > 0) result.push(['rows generated', formatNumber(sum(made.map(({ kept }) => kept)))]);
  if (filtered.length > 0)
    result.push([
      'rows kept',
      formatNumber(sum(filtered.map(({ kept }) => kept))),
      `of ${formatNumber(sum(filtered.map(({ input }) => input)))} filtered`,
    ]);
  if (steps.length > 0)
    result.push([
      'training steps',
      formatNumber(steps.length),
      `${formatNumber(sum(steps.map(({ tokens }) => tokens)))} tokens`,
    ]);
  if (usages.length > 0) {
    const cost = sum(usages.map((usage) => usage.cost ?? 0));
    const unpriced = sum(usages.map((usage) => usage.unpriced ?? 0));
    result.push([
      'model calls',
      formatNumber(sum(usages.map(({ calls }) => calls))),
      `${formatNumber(sum(usages.map(({ inputTokens, outputTokens }) => inputTokens + outputTokens)))} tokens`,
    ]);
    const budget = recipe.budget === undefined ? undefined : `of ${formatDollars(recipe.budget)}`;
    if (cost > 0 || unpriced === 0) result.push(['spent on calls', formatDollars(cost), budget]);
  }
  result.push(['time', formatSeconds(sum(stages.map(({ history }) => history.seconds)))]);
  return result;
}

function warnings(stages: readonly StageSummary[]): Html {
  const all = stages.flatMap(({ id, history }) => history.warnings.map((message) => ({ id, message })));
  if (all.length === 0) return html``;
  return html`<h3>Warnings</h3>
    <ul class="warnings">
      ${all.map(({ id, message }) => html`<li><b>${id}</b>: ${message}</li>`)}
    </ul>`;
}

function show(value: number | undefined): string {
  return value === undefined ? '–' : formatNumber(value);
}
