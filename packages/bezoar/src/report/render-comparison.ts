import { metricName, type ComparisonRow, type EvaluationComparison } from '@bezoar/eval';
import { dotChart } from './charts/dot-chart.ts';
import { signed } from './difference-text.ts';
import { formatNumber } from './format-number.ts';
import { html, type Html } from './html.ts';
import { renderPage, type PageSection } from './render-page.ts';
import { scoreInterval } from './score-interval.ts';

/** Models side by side as one page that needs nothing else: scores with their errors, and what differs from the baseline. */
export function renderComparison(comparison: EvaluationComparison): string {
  const { models, notes } = comparison;
  const sections: (PageSection | undefined)[] = [
    {
      id: 'overview',
      title: 'What is compared',
      content: html`<p class="outcome">Every model is compared with <b>${models[0]}</b>.</p>
        ${
          notes.length > 0 &&
          html`<ul class="warnings">
            ${notes.map((note) => html`<li>${note}</li>`)}
          </ul>`
        }`,
    },
    charts(comparison),
    { id: 'scores', title: 'Scores', content: scores(comparison) },
    differences(comparison),
  ];
  return renderPage({
    title: `${models.length} models compared`,
    subtitle: html`${models.join(' · ')}`,
    sections: sections.filter((section) => section !== undefined),
    footer:
      "Errors are standard errors. p is that of a paired test on the same documents (McNemar's exact test, else a paired bootstrap), adjusted for all tests of this page (Holm).",
  });
}

function charts({ models, rows }: EvaluationComparison): PageSection | undefined {
  const main = rows.filter(({ isMain }) => isMain);
  if (main.length === 0) return undefined;
  return {
    id: 'main',
    title: 'Main metrics',
    content: html`<p class="figures">
        Whiskers are 95 % intervals; the dashed line is where ${models[0]} is.
      </p>
      <div class="card charts">
        ${main.map((row) =>
          dotChart({
            title: `${row.task} · ${metricName(row)}`,
            scale: row.higherIsBetter ? 'higher is better' : 'lower is better',
            dots: row.cells.flatMap((cell, index) =>
              cell === undefined
                ? []
                : [{ label: models[index]!, value: cell.value, interval: scoreInterval(cell) }],
            ),
          }),
        )}
      </div>`,
  };
}

function scores({ models, rows, averages }: EvaluationComparison): Html {
  const average =
    averages.some((value) => value !== undefined) &&
    html`<tr>
      <th scope="row">Average of the main metrics</th>
      <td></td>
      ${averages.map((value) => html`<td>${value === undefined ? '–' : formatNumber(value)}</td>`)}
    </tr>`;
  return html`<div class="card scroll" tabindex="0" role="group" aria-label="All scores of all models">
    <table class="numbers">
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
  </div>`;
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

function differences({ models, rows }: EvaluationComparison): PageSection | undefined {
  const tested = rows.flatMap((row) =>
    row.cells.flatMap((cell, index) =>
      cell?.paired === undefined ? [] : [{ row, model: models[index]!, ...cell.paired }],
    ),
  );
  if (tested.length === 0) return undefined;
  return {
    id: 'differences',
    title: `Differences from ${models[0]!}`,
    content: html`<div
      class="card scroll"
      tabindex="0"
      role="group"
      aria-label="Differences, document by document"
    >
      <table class="numbers">
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
                <td>[${signed(interval[0])}, ${signed(interval[1])}]</td>
                <td>${n}</td>
                <td>${adjustedPValue < 0.001 ? '< 0.001' : formatNumber(adjustedPValue)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`,
  };
}

/** In words too: colour alone tells nothing to those who do not see it. */
function mark(
  { higherIsBetter, metric }: ComparisonRow,
  { difference, adjustedPValue }: { readonly difference: number; readonly adjustedPValue: number },
): Html {
  if (adjustedPValue >= 0.05) return html`${signed(difference)}`;
  // Perplexities are compared by log-probabilities, of which more is better.
  const better = difference > 0 === (higherIsBetter || metric === 'perplexity');
  return html`<span class="${better ? 'met' : 'missed'}"
    ><b>${signed(difference)} ${better ? 'better' : 'worse'}</b></span
  >`;
}
