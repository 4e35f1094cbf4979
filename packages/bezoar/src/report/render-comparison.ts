import { metricName, type ComparisonRow, type EvaluationComparison } from '@bezoar/eval';
import { barChart } from './charts/bar-chart.ts';
import { formatNumber } from './format-number.ts';
import { html, type Html } from './html.ts';
import { renderPage } from './render-page.ts';

/** Models side by side as one page that needs nothing else: scores with their errors, and what differs from the baseline. */
export function renderComparison(comparison: EvaluationComparison): string {
  const { models, notes } = comparison;
  return renderPage({
    title: `${models.length} models compared`,
    subtitle: html`${models.join(' · ')}; every model is compared with ${models[0]}`,
    main: html`${
      notes.length > 0 &&
      html`<ul class="warnings">
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>`
    }
    ${charts(comparison)} ${scores(comparison)} ${differences(comparison)}`,
    footer:
      "Errors are standard errors. p is that of a paired test on the same documents (McNemar's exact test, else a paired bootstrap), adjusted for all tests of this page (Holm).",
  });
}

function charts({ models, rows }: EvaluationComparison): Html {
  const main = rows.filter(({ isMain }) => isMain);
  if (main.length === 0) return html``;
  return html`<section aria-labelledby="main">
    <h2 id="main">Main metrics</h2>
    <div class="card charts">
      ${main.map((row) =>
        barChart({
          title: `${row.task} · ${metricName(row)}`,
          max: 1,
          bars: row.cells.flatMap((cell, index) =>
            cell === undefined
              ? []
              : [{ label: models[index]!, value: cell.value, error: cell.stderr, strong: cell.isBest }],
          ),
        }),
      )}
    </div>
  </section>`;
}

function scores({ models, rows, averages }: EvaluationComparison): Html {
  const average =
    averages.some((value) => value !== undefined) &&
    html`<tr>
      <th scope="row">Average of the main metrics</th>
      <td></td>
      ${averages.map((value) => html`<td>${value === undefined ? '–' : formatNumber(value)}</td>`)}
    </tr>`;
  return html`<section aria-labelledby="scores">
    <h2 id="scores">Scores</h2>
    <div class="card scroll" tabindex="0" role="region" aria-labelledby="scores">
      <table class="numbers">
        <caption class="hidden">
          All scores of all models
        </caption>
        <thead>
          <tr>
            <th scope="col">task</th>
            <th scope="col">shots</th>
            ${models.map((model) => html`<th scope="col">${model}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => scoreRow(row))} ${average}
        </tbody>
      </table>
    </div>
  </section>`;
}

function scoreRow(row: ComparisonRow): Html {
  return html`<tr>
    <th scope="row">${row.task} <small>${metricName(row)}</small></th>
    <td>${row.shots}</td>
    ${row.cells.map((cell) => {
      if (cell === undefined) return html`<td>–</td>`;
      const value = formatNumber(cell.value);
      return html`<td>
        ${cell.isBest ? html`<b>${value}</b>` : value}
        ${cell.stderr !== undefined && html`<small>± ${formatNumber(cell.stderr)}</small>`}
      </td>`;
    })}
  </tr>`;
}

const differenceColumns = ['task', 'model', 'difference', '95 % interval', 'documents', 'p'];

function differences({ models, rows }: EvaluationComparison): Html {
  const tested = rows.flatMap((row) =>
    row.cells.flatMap((cell, index) =>
      cell?.paired === undefined ? [] : [{ row, model: models[index]!, ...cell.paired }],
    ),
  );
  if (tested.length === 0) return html``;
  return html`<section aria-labelledby="differences">
    <h2 id="differences">Differences from ${models[0]}</h2>
    <div class="card scroll" tabindex="0" role="region" aria-labelledby="differences">
      <table class="numbers">
        <caption class="hidden">
          Differences, document by document
        </caption>
        <thead>
          <tr>
            ${differenceColumns.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${tested.map(
            ({ row, model, difference, stderr, interval, n, adjustedPValue }) =>
              html`<tr>
                <th scope="row">${row.task} <small>${metricName(row)}</small></th>
                <td>${model}</td>
                <td>${mark(row, { difference, adjustedPValue })} <small>± ${formatNumber(stderr)}</small></td>
                <td>${formatNumber(interval[0])} … ${formatNumber(interval[1])}</td>
                <td>${n}</td>
                <td>${adjustedPValue < 0.001 ? '< 0.001' : formatNumber(adjustedPValue)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** In words too: colour alone tells nothing to those who do not see it. */
function mark(
  { higherIsBetter, metric }: ComparisonRow,
  { difference, adjustedPValue }: { readonly difference: number; readonly adjustedPValue: number },
): Html {
  const text = `${difference > 0 ? '+' : ''}${formatNumber(difference)}`;
  if (adjustedPValue >= 0.05) return html`${text}`;
  // Perplexities are compared by log-probabilities, of which more is better.
  const better = difference > 0 === (higherIsBetter || metric === 'perplexity');
  return html`<span class="${better ? 'met' : 'missed'}"
    ><b>${text} ${better ? 'better' : 'worse'}</b></span
  >`;
}
