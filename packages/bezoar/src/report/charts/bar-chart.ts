import { formatNumber } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import { linearScale } from './scale.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Half-width of the error bar. */
  readonly error?: number | undefined;
  /** Drawn strong; the others are quiet. */
  readonly strong?: boolean;
}

export interface BarChartOptions {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** The axis reaches at least this far. */
  readonly max?: number;
}

const width = 420;
const rowHeight = 30;
const labelWidth = 118;
const valueWidth = 62;

/** Horizontal bars with error bars, each with its label and its number, as a figure. */
export function barChart({ title, bars, max }: BarChartOptions): Html {
  const ends = bars.flatMap(({ value, error = 0 }) => [value - error, value + error]);
  const x = linearScale({
    values: max === undefined ? ends : [...ends, max],
    range: [labelWidth, width - valueWidth],
    ticks: 4,
    zero: true,
  });
  const height = bars.length * rowHeight + 24;
  const summary = bars.map(({ label, value }) => `${label} ${formatNumber(value)}`).join(', ');
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${summary}">
      ${x.ticks.map(
        (tick) =>
          html`<line class="grid" x1="${px(x(tick))}" x2="${px(x(tick))}" y1="0" y2="${height - 20}" />
            <text class="tick middle" x="${px(x(tick))}" y="${height - 5}">${formatNumber(tick)}</text>`,
      )}
      ${bars.map((bar, index) => drawBar(bar, index * rowHeight, x))}
    </svg>
  </figure>`;
}

function drawBar(
  { label, value, error, strong = false }: Bar,
  top: number,
  x: (value: number) => number,
): Html {
  const [from, to] = [Math.min(x(0), x(value)), Math.max(x(0), x(value))];
  const middle = top + rowHeight / 2;
  const whisker =
    error === undefined
      ? html``
      : html`<path
          class="whisker"
          d="M${px(x(value - error))} ${middle}H${px(x(value + error))}M${px(x(value - error))} ${middle - 4}v8M${px(x(value + error))} ${middle - 4}v8"
        />`;
  return html`<text class="name end" x="${labelWidth - 8}" y="${middle + 4}">${shorten(label)}</text>
    <rect
      class="${strong ? 'bar strong' : 'bar'}"
      x="${px(from)}"
      y="${top + 6}"
      width="${px(Math.max(to - from, 1))}"
      height="${rowHeight - 12}"
      rx="3"
    />
    ${whisker}
    <text
      class="value"
      x="${px(Math.max(to, error === undefined ? to : x(value + error)) + 6)}"
      y="${middle + 4}"
      >${formatNumber(value)}</text
    >`;
}

function shorten(label: string): string {
  return label.length <= 17 ? label : `${label.slice(0, 16)}…`;
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}
