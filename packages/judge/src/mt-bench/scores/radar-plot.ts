/** A model's line in the plot. */
export interface RadarSeries {
  readonly name: string;
  /** By axis; NaN or nothing where there is no score: the line has a gap there. */
  readonly values: Readonly<Record<string, number>>;
}

export interface RadarPlotOptions {
  readonly title: string;
  /** Clockwise from the top; three or more. */
  readonly axes: readonly string[];
  readonly series: readonly RadarSeries[];
  /** The value at the rim; 10 by default. */
  readonly max?: number;
  /** For a plot inside a page: `var(--ink)` and the like follow its theme. Black on white by default. */
  readonly palette?: RadarPalette;
}

/** Colours as CSS has them. */
export interface RadarPalette {
  readonly paper: string;
  readonly ink: string;
  /** Of what stands beside: rings and their values. */
  readonly grid: string;
  readonly soft: string;
  /** Of the series, in order; from the start again when there are more of them. */
  readonly lines: readonly string[];
}

const width = 560;
const centre = { x: 280, y: 260 };
const radius = 170;
const legendTop = 490;
const legendStep = 22;
const rings = [0.2, 0.4, 0.6, 0.8, 1];

/** Okabe and Ito's colours, which the colour-blind tell apart; the dashes tell lines apart in black and white. */
const onPaper: RadarPalette = {
  paper: '#fff',
  ink: '#000000',
  grid: '#ddd',
  soft: '#777',
  lines: ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#000000'],
};
const dashes = ['none', '7 4', '2 3', '9 3 2 3'];

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Scores by category as an SVG file of its own, as results of MT-Bench are usually shown. */
export function radarPlot({ title, axes, series, max = 10, palette = onPaper }: RadarPlotOptions): string {
  const at = (axis: number, share: number): Point => {
    const angle = (2 * Math.PI * axis) / axes.length - Math.PI / 2;
    return {
      x: round(centre.x + radius * share * Math.cos(angle)),
      y: round(centre.y + radius * share * Math.sin(angle)),
    };
  };
  const pointsOf = ({ values }: RadarSeries): (Point | undefined)[] =>
    axes.map((axis, index) => {
      const value = values[axis] ?? NaN;
      return Number.isNaN(value) ? undefined : at(index, value / max);
    });
  const parts = [
    `<title>${escape(title)}</title>`,
    `<rect width="100%" height="100%" fill="${palette.paper}"/>`,
    `<text x="${centre.x}" y="28" text-anchor="middle" font-size="16">${escape(title)}</text>`,
    ...rings.map(
      (share) =>
        `<path d="${closed(axes.map((_, axis) => at(axis, share)))}" fill="none" stroke="${palette.grid}"/>`,
    ),
    ...axes.map((_, axis) => `<path d="${segment([centre, at(axis, 1)])}" stroke="${palette.grid}"/>`),
    ...rings.map((share) => ringLabel(at(0, share), { value: share * max, palette })),
    ...axes.map((axis, index) => axisLabel(at(index, 1.12), axis)),
    ...series.map((each, index) => seriesLine(pointsOf(each), styleOf(index, palette))),
    ...series.map((each, index) => legendEntry(each, { index, ...styleOf(index, palette) })),
  ];
  const height = legendTop + legendStep * series.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="13" fill="${palette.ink}">`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

interface LineStyle {
  readonly colour: string;
  readonly dash: string;
}

function seriesLine(points: readonly (Point | undefined)[], { colour, dash }: LineStyle): string {
  const dots = points.flatMap((point) =>
    point === undefined ? [] : [`<circle cx="${point.x}" cy="${point.y}" r="2.5" fill="${colour}"/>`],
  );
  const segments = points.flatMap((point, axis) => {
    const next = points[(axis + 1) % points.length];
    return point === undefined || next === undefined ? [] : [segment([point, next])];
  });
  return `<path d="${segments.join('')}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>${dots.join('')}`;
}

function legendEntry(
  { name }: RadarSeries,
  { index, colour, dash }: LineStyle & { readonly index: number },
): string {
  const y = legendTop + legendStep * index - 8;
  return `<path d="M40 ${y}h30" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/><text x="80" y="${y}" dy="0.35em">${escape(name)}</text>`;
}

function ringLabel(
  { x, y }: Point,
  { value, palette }: { readonly value: number; readonly palette: RadarPalette },
): string {
  return `<text x="${x + 4}" y="${y}" dy="0.35em" font-size="10" fill="${palette.soft}">${round(value)}</text>`;
}

/** Outside of the rim, on the side where there is room. */
function axisLabel({ x, y }: Point, text: string): string {
  const side = x - centre.x;
  const anchor = Math.abs(side) < 20 ? 'middle' : side > 0 ? 'start' : 'end';
  return `<text x="${x}" y="${y}" dy="0.35em" text-anchor="${anchor}">${escape(text)}</text>`;
}

function styleOf(index: number, { lines }: RadarPalette): LineStyle {
  return { colour: lines[index % lines.length]!, dash: dashes[index % dashes.length]! };
}

function closed(points: readonly Point[]): string {
  return `M${points.map(({ x, y }) => `${x} ${y}`).join('L')}Z`;
}

function segment([from, to]: readonly [Point, Point]): string {
  return `M${from.x} ${from.y}L${to.x} ${to.y}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** XML has no place for control characters. */
function escape(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
