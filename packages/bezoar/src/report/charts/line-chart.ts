import { formatNumber } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import { linearScale } from './scale.ts';

export interface Line {
  readonly label: string;
  /** 1 to 6: a colour of the style sheet. */
  readonly color: number;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** `line` by default; `faint` is for the raw values under a smoothed line. */
  readonly look?: 'line' | 'faint' | 'dots';
}

export interface LineChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly lines: readonly Line[];
  readonly height?: number;
  readonly zero?: boolean;
}

const width = 420;
const margin = { left: 52, right: 14, top: 10, bottom: 34 };

/** A chart of lines over one axis, with its legend, as a figure. Nothing when there is no point. */
export function lineChart({ title, xLabel, lines, height = 210, zero = false }: LineChartOptions): Html {
  const drawn = lines.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return html``;
  const x = linearScale({
    values: drawn.flatMap(({ points }) => points.map(([value]) => value)),
    range: [margin.left, width - margin.right],
    ticks: 5,
  });
  const y = linearScale({
    values: drawn.flatMap(({ points }) => points.map(([, value]) => value)),
    range: [height - margin.bottom, margin.top],
    zero,
  });
  const summary = drawn
    .filter(({ look }) => look !== 'faint')
    .map(
      ({ label, points }) =>
        `${label} from ${formatNumber(points[0]![1])} to ${formatNumber(points.at(-1)![1])}`,
    )
    .join('; ');
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${summary}">
      ${y.ticks.map(
        (tick) =>
          html`<line
              class="grid"
              x1="${margin.left}"
              x2="${width - margin.right}"
              y1="${px(y(tick))}"
              y2="${px(y(tick))}"
            />
            <text class="tick end" x="${margin.left - 6}" y="${px(y(tick) + 4)}"
              >${formatNumber(tick)}</text
            >`,
      )}
      ${x.ticks
        .filter(Number.isInteger)
        .map(
          (tick) =>
            html`<text class="tick middle" x="${px(x(tick))}" y="${height - margin.bottom + 16}"
              >${formatNumber(tick)}</text
            >`,
        )}
      <text class="tick end" x="${width - margin.right}" y="${height - 4}">${xLabel}</text>
      ${drawn.map((line) => drawLine(line, x, y))}
    </svg>
    ${legend(drawn)}
  </figure>`;
}

function drawLine(
  { points, color, look = 'line' }: Line,
  x: (value: number) => number,
  y: (value: number) => number,
): Html {
  const places = points.map(([a, b]) => [px(x(a)), px(y(b))] as const);
  if (look === 'dots' || places.length === 1)
    return html`${places.map(([a, b]) => html`<circle class="dot c${color}" cx="${a}" cy="${b}" r="3.5" />`)}`;
  return html`<polyline
    class="${look} c${color}"
    points="${places.map(([a, b]) => `${a},${b}`).join(' ')}"
  />`;
}

function legend(lines: readonly Line[]): Html {
  const shown = lines.filter(({ look }) => look !== 'faint');
  if (shown.length < 2) return html``;
  return html`<ul class="legend">
    ${shown.map(({ label, color }) => html`<li><i class="c${color}"></i>${label}</li>`)}
  </ul>`;
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}
