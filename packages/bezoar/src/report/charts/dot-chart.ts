import { formatNumber } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import { linearScale, type Scale } from './scale.ts';

export interface Dot {
  readonly label: string;
  readonly value: number;
  /** 95 %. */
  readonly interval?: readonly [low: number, high: number] | undefined;
}

export interface DotChartOptions {
  readonly title: string;
  /** What the axis is, and which way is good. */
  readonly scale: string;
  readonly dots: readonly Dot[];
}

const width = 360;
const rowHeight = 26;
const labelWidth = 112;
const valueWidth = 60;

/**
 * A dot with its interval for each model, on an axis that reaches as far as the intervals do, and a line down from the first dot to compare
 * with. Nothing without a dot.
 */
export function dotChart({ title, scale, dots }: DotChartOptions): Html {
  const [first] = dots;
  if (first === undefined) return html``;
  const x = linearScale({
    values: dots.flatMap(({ value, interval = [value, value] }) => [value, ...interval]),
    range: [labelWidth, width - valueWidth],
    ticks: 3,
  });
  const bottom = dots.length * rowHeight + 4;
  const summary = dots
    .map(
      ({ label, value, interval }) =>
        `${label} ${formatNumber(value)}${interval === undefined ? '' : ` (${interval.map(formatNumber).join(' to ')})`}`,
    )
    .join(', ');
  return html`<figure class="chart">
    <figcaption>${title} <small>${scale}</small></figcaption>
    <svg viewBox="0 0 ${width} ${bottom + 20}" role="img" aria-label="${title}: ${summary}">
      ${x.ticks.map(
        (tick) =>
          html`<line class="grid" x1="${px(x(tick))}" x2="${px(x(tick))}" y1="0" y2="${bottom}" />
            <text class="tick middle" x="${px(x(tick))}" y="${bottom + 15}">${formatNumber(tick)}</text>`,
      )}
      ${
        dots.length > 1 &&
        html`<line
          class="reference"
          x1="${px(x(first.value))}"
          x2="${px(x(first.value))}"
          y1="0"
          y2="${bottom}"
        />`
      }
      ${dots.map((dot, index) => drawDot(dot, (index + 0.5) * rowHeight, x))}
    </svg>
  </figure>`;
}

function drawDot({ label, value, interval }: Dot, y: number, x: Scale): Html {
  const whisker = interval?.map((end) => px(x(end)));
  return html`<text class="name end" x="${labelWidth - 9}" y="${y + 4}"
      >${shorten(label)}${label !== shorten(label) && html`<title>${label}</title>`}</text
    >
    ${
      whisker !== undefined &&
      html`<path
        class="whisker"
        d="M${whisker[0]} ${y}H${whisker[1]}M${whisker[0]} ${y - 4}v8M${whisker[1]} ${y - 4}v8"
      />`
    }
    <circle class="estimate" cx="${px(x(value))}" cy="${y}" r="4.5" />
    <text class="value end" x="${width - 2}" y="${y + 4}">${formatNumber(value)}</text>`;
}

function shorten(label: string): string {
  return label.length <= 16 ? label : `${label.slice(0, 15)}…`;
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}
