import { formatNumber } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import { numberTable } from '../number-table.ts';
import { pickEvenly } from '../pick-evenly.ts';
import type { Points } from './thin.ts';

export interface ValuesTableOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly lines: readonly {
    readonly label: string;
    readonly look?: string;
    readonly points: Points;
  }[];
}

const rowsOfLines = 10;
const rowsOfDots = 10;

/** Some values of a chart, spread evenly over it, folded: for those who do not see it, and where no script runs. */
export function valuesTable({ title, xLabel, lines }: ValuesTableOptions): Html {
  const dots = lines.filter(({ look }) => look === 'dots');
  const others = lines.filter(({ look }) => look !== 'dots');
  const placesOf = (those: typeof lines): number[] => [
    ...new Set(those.flatMap(({ points }) => points.map(([x]) => x))),
  ];
  const places = [
    ...pickEvenly(
      placesOf(others).sort((a, b) => a - b),
      rowsOfLines,
    ),
    ...pickEvenly(
      placesOf(dots).sort((a, b) => a - b),
      rowsOfDots,
    ),
  ];
  const columns = lines.map(({ points }) => new Map(points));
  const rows = [...new Set(places)].sort((a, b) => a - b);
  return html`<details class="values">
    <summary>Values<span class="hidden"> of ${title}</span></summary>
    ${numberTable({
      label: `Values of ${title}`,
      columns: [xLabel, ...lines.map(({ label }) => label)],
      rows: rows.map(
        (x) =>
          html`<tr>
            <th scope="row">${formatNumber(x)}</th>
            ${columns.map((column) => html`<td>${formatNumber(column.get(x) ?? Number.NaN)}</td>`)}
          </tr>`,
      ),
    })}
  </details>`;
}
