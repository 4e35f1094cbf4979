import { formatNumber } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import { linearScale, type Scale } from './scale.ts';
import { thin, type Points } from './thin.ts';
import { valuesTable } from './values-table.ts';

export interface Line {
  readonly label: string;
  /** 1 to 6: a colour of the style sheet. */
  readonly color: number;
  readonly points: Points;
  /** `line` by default; `faint` is for the raw values under a smoothed line. */
  readonly look?: 'line' | 'faint' | 'dots';
}

export interface LineChartOptions {
  readonly title: string;
  /** What is drawn, and which way is good. */
  readonly note?: string;
  readonly xLabel: string;
  readonly lines: readonly Line[];
  readonly zero?: boolean;
}

const width = 360;
const height = 204;
const margin = { left: 50, right: 12, top: 10, bottom: 38 };
/** Of a line that is drawn: more than a screen has room for. */
const pointLimit = 240;

interface Drawn extends Line {
  /** Which of the chart's full lines it is: solid, dashed, dotted. */
  readonly dash: number;
}

/**
 * A chart of lines over one axis, with its legend and some of its values as a table, as a figure; the page's script shows the values at the
 * pointer or, by keyboard, at the focus. Nothing when there is no point.
 */
export function lineChart({ title, note, xLabel, lines, zero = false }: LineChartOptions): Html {
  const given = lines.map((line) => ({
    ...line,
    points: line.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)),
  }));
  const shown = given.filter(({ points }) => points.length > 0);
  if (shown.length === 0) return html``;
  const full = shown.filter(({ look = 'line' }) => look === 'line');
  const drawn: Drawn[] = shown.map((line) => ({
    ...line,
    points: thin(line.points, pointLimit),
    dash: Math.max(0, full.indexOf(line)) % 3,
  }));
  const x = linearScale({
    values: valuesOf(drawn, 0),
    range: [margin.left, width - margin.right],
    tight: true,
  });
  const y = linearScale({ values: valuesOf(drawn, 1), range: [height - margin.bottom, margin.top], zero });
  const named = drawn.filter(({ look }) => look !== 'faint');
  const summary = named
    .map(
      ({ label, points }) =>
        `${label} from ${formatNumber(points[0]![1])} to ${formatNumber(points.at(-1)![1])}`,
    )
    .join('; ');
  return html`<figure class="chart">
    <figcaption>${title} ${note !== undefined && html`<small>${note}</small>`}</figcaption>
    <div class="plot" data-plot="${plotData(drawn, { title, xLabel, x, y })}">
      <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${summary}">
        ${y.ticks.map((tick) => yTick(tick, y))}
        ${x.ticks.filter(Number.isInteger).map((tick) => xTick(tick, x))}
        <text class="tick end" x="${width - margin.right}" y="${height - 5}">${xLabel}</text>
        ${drawn.map((line) => drawLine(line, x, y))}
      </svg>
    </div>
    ${legend(named)} ${valuesTable({ title, xLabel, lines: shown.filter(({ look }) => look !== 'faint') })}
  </figure>`;
}

function valuesOf(lines: readonly Line[], axis: 0 | 1): number[] {
  return lines.flatMap(({ points }) => points.map((point) => point[axis]));
}

function yTick(tick: number, y: Scale): Html {
  const at = px(y(tick));
  return html`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}" />
    <text class="tick end" x="${margin.left - 7}" y="${px(y(tick) + 4)}">${formatNumber(tick)}</text>`;
}

function xTick(tick: number, x: Scale): Html {
  const [at, bottom] = [px(x(tick)), height - margin.bottom];
  return html`<line class="grid" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 4}" />
    <text class="tick middle" x="${at}" y="${bottom + 17}">${formatNumber(tick)}</text>`;
}

function drawLine({ points, color, dash, look = 'line' }: Drawn, x: Scale, y: Scale): Html {
  const places = points.map(([a, b]) => [px(x(a)), px(y(b))] as const);
  if (look === 'dots' || places.length === 1)
    return html`${places.map(([a, b]) => html`<circle class="dot c${color}" cx="${a}" cy="${b}" r="3.5" />`)}`;
  return html`<polyline
    class="${look} c${color} dash${dash}"
    points="${places.map(([a, b]) => `${a},${b}`).join(' ')}"
  />`;
}

function legend(lines: readonly Drawn[]): Html {
  if (lines.length < 2) return html``;
  const dots = lines.filter(({ look }) => look === 'dots');
  // Dots of several colours belong to lines of the same ones.
  const [round, name] =
    dots.length === 1 ? [`round c${dots[0]!.color}`, dots[0]!.label] : ['round', 'held out'];
  return html`<ul class="legend">
    ${lines
      .filter(({ look }) => look !== 'dots')
      .map(({ label, color, dash }) => html`<li><i class="key dash${dash} c${color}"></i>${label}</li>`)}
    ${dots.length > 0 && html`<li><i class="${round}"></i>${name}</li>`}
  </ul>`;
}

interface Frame {
  readonly title: string;
  readonly xLabel: string;
  readonly x: Scale;
  readonly y: Scale;
}

/** What the script needs: every line's values, and how values become places. */
function plotData(lines: readonly Drawn[], { title, xLabel, x, y }: Frame): string {
  return JSON.stringify({
    title,
    xLabel,
    // A place is a + b · value.
    x: [x(0), x(1) - x(0)].map(exact),
    y: [y(0), y(1) - y(0)].map(exact),
    top: margin.top,
    bottom: height - margin.bottom,
    lines: lines.map(({ label, color, points }) => ({
      label,
      color,
      points: points.map(([a, b]) => [a, Number(b.toPrecision(5))]),
    })),
  });
}

function exact(value: number): number {
  return Number(value.toPrecision(8));
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}
