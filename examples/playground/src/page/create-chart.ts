import { formatNumber, sampled } from './curve-numbers.ts';
import { element } from './element.ts';

export interface ChartOptions {
  readonly place: HTMLElement;
  readonly title: string;
  /** What the numbers are, for the text and the table: `loss`. */
  readonly quantity: string;
}

export interface Chart {
  add(step: number, value: number): void;
  /** How many steps there will be: the right end. */
  setTotal(total: number): void;
  /** Writes the text alternative anew; while points come in it stays, so that nothing is read out over and over. */
  describe(): void;
  clear(): void;
}

interface Point {
  readonly step: number;
  readonly value: number;
}

const width = 600;
const height = 200;
const tableRows = 12;

/** One curve over steps: a drawing with a sentence that says the same, and a table of values. */
export function createChart({ place, title, quantity }: ChartOptions): Chart {
  const points: Point[] = [];
  let total = 1;

  const namespace = 'http://www.w3.org/2000/svg';
  const make = (name: string, attributes: Readonly<Record<string, string>>): SVGElement => {
    const made = document.createElementNS(namespace, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const zero = make('line', {
    class: 'zero',
    x1: '0',
    x2: String(width),
    'vector-effect': 'non-scaling-stroke',
  });
  const line = make('path', { class: 'curve', 'vector-effect': 'non-scaling-stroke' });
  const drawing = make('svg', {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `${title}: no steps yet.`,
  });
  drawing.append(zero, line);

  const latest = element('output', { class: 'latest' }, ['–']);
  const top = element('span', { class: 'tick top', 'aria-hidden': 'true' });
  const bottom = element('span', { class: 'tick bottom', 'aria-hidden': 'true' });
  const begin = element('span', { class: 'tick', 'aria-hidden': 'true' });
  const last = element('span', { class: 'tick', 'aria-hidden': 'true' });
  const body = element('tbody');
  const table = element('details', { class: 'values' }, [
    element('summary', {}, [element('span', { class: 'hidden' }, [`${title}: `]), 'Values']),
    element('table', {}, [
      element('thead', {}, [
        element('tr', {}, [
          element('th', { scope: 'col' }, ['Step']),
          element('th', { scope: 'col' }, [quantity]),
        ]),
      ]),
      body,
    ]),
  ]);
  const figure = element('figure', { class: 'chart' }, [
    element('figcaption', {}, [element('span', {}, [title]), latest]),
    element('div', { class: 'plot' }, [drawing, top, bottom]),
    element('div', { class: 'axis' }, [begin, last]),
    table,
  ]);
  place.append(figure);
  table.addEventListener('toggle', fillTable);

  function range(): { readonly low: number; readonly high: number } {
    const values = points.map(({ value }) => value);
    const high = Math.max(0, ...values);
    const low = Math.min(0, ...values);
    return high === low ? { low, high: low + 1 } : { low, high: high + (high - low) * 0.06 };
  }

  function draw(): void {
    const { low, high } = range();
    const x = (step: number): number => ((step - 1) / Math.max(1, total - 1)) * width;
    const y = (value: number): number => height - ((value - low) / (high - low)) * height;
    line.setAttribute(
      'd',
      points
        .map((each, i) => `${i === 0 ? 'M' : 'L'}${x(each.step).toFixed(1)} ${y(each.value).toFixed(1)}`)
        .join(''),
    );
    zero.setAttribute('y1', y(0).toFixed(1));
    zero.setAttribute('y2', y(0).toFixed(1));
    top.textContent = points.length === 0 ? '' : formatNumber(high);
    bottom.textContent = points.length === 0 ? '' : formatNumber(low);
    begin.textContent = points.length === 0 ? '' : 'step 1';
    last.textContent = points.length === 0 || total === 1 ? '' : String(total);
    table.hidden = points.length === 0;
    latest.textContent = points.length === 0 ? '–' : formatNumber(points.at(-1)!.value);
  }

  function fillTable(): void {
    if (!table.open) return;
    body.replaceChildren(
      ...sampled(points, tableRows).map(({ step, value }) =>
        element('tr', {}, [element('td', {}, [String(step)]), element('td', {}, [formatNumber(value)])]),
      ),
    );
  }

  draw();
  return {
    add(step, value) {
      points.push({ step, value });
      draw();
    },
    setTotal(steps) {
      total = steps;
      draw();
    },
    describe() {
      const [first, end] = [points[0], points.at(-1)];
      const text =
        first === undefined || end === undefined
          ? 'no steps yet.'
          : `${quantity.toLowerCase()} from ${formatNumber(first.value)} at step ${first.step} to ${formatNumber(end.value)} at step ${end.step}.`;
      drawing.setAttribute('aria-label', `${title}: ${text}`);
      fillTable();
    },
    clear() {
      points.length = 0;
      total = 1;
      drawing.setAttribute('aria-label', `${title}: no steps yet.`);
      body.replaceChildren();
      draw();
    },
  };
}
