import type { Tensor } from '@bezoar/backend';
import type { Slot } from '../memory/slot.ts';
import { returnLanes } from './lanes.ts';
import type { OpContext, View } from './op-context.ts';

/** A formula for every element of a matrix, by the elements of others at the same place. */
export interface ElementMap {
  readonly kernel: string;
  readonly rows: number;
  readonly columns: number;
  /** Matrices of the same size, row vectors (one value for a column) and column vectors (one value for a row). */
  readonly elements?: Readonly<Record<string, Tensor | Slot>>;
  readonly perColumn?: Readonly<Record<string, Tensor | Slot>>;
  readonly perRow?: Readonly<Record<string, Tensor | Slot>>;
  readonly numbers?: Readonly<Record<string, number>>;
  /** The formula; `at` has the text of every input's value, and `column` that of the element's column. */
  readonly formula: (at: Readonly<Record<string, string>>) => string;
  readonly out: Slot;
}

/** One kernel of one thread to an element, or to four of a row. */
export function mapElements(context: OpContext, map: ElementMap): void {
  const {
    kernel,
    rows,
    columns,
    elements = {},
    perColumn = {},
    perRow = {},
    numbers = {},
    formula,
    out,
  } = map;
  const fours = context.fours(columns);
  const names = {
    elements: Object.keys(elements),
    perColumn: Object.keys(perColumn),
    perRow: Object.keys(perRow),
    numbers: Object.keys(numbers),
  };
  const views = (
    group: Readonly<Record<string, Tensor | Slot>>,
    width: number,
    four: boolean,
  ): [string, View][] =>
    Object.entries(group).map(([name, from]) => [
      name,
      { slot: 'kind' in from ? context.view(from).slot : from, columns: width, fours: four },
    ]);
  context.launch({
    kernel,
    sizes: { fours },
    body: () => mapBody({ names, fours, formula }),
    threads: [fours ? columns / 4 : columns, rows],
    fours,
    inputs: {
      ...Object.fromEntries([
        ...views(elements, columns, fours),
        ...views(perColumn, columns, fours),
        ...views(perRow, rows, false),
      ]),
      ...numbers,
    },
    out,
  });
}

interface MapText {
  readonly names: Readonly<Record<'elements' | 'perColumn' | 'perRow' | 'numbers', readonly string[]>>;
  readonly fours: boolean;
  readonly formula: ElementMap['formula'];
}

function mapBody({ names, fours, formula }: MapText): string {
  const reads = [
    ...names.elements.map((name) => `const ${name}At = ${name}[this.thread.y][this.thread.x];`),
    ...names.perColumn.map((name) => `const ${name}At = ${name}[0][this.thread.x];`),
    ...names.perRow.map((name) => `const ${name}At = ${name}[0][this.thread.y];`),
  ];
  const wide = [...names.elements, ...names.perColumn];
  const at = (lane: string, column: string): Record<string, string> => ({
    ...Object.fromEntries(wide.map((name) => [name, `${name}At${lane}`])),
    ...Object.fromEntries(names.perRow.map((name) => [name, `${name}At`])),
    ...Object.fromEntries(names.numbers.map((name) => [name, name])),
    column,
  });
  const column = (index: number): string => (fours ? `(this.thread.x * 4 + ${index})` : 'this.thread.x');
  return `${reads.join('\n')}
    ${returnLanes(fours, (lane, index) => formula(at(lane, column(index))))}`;
}
