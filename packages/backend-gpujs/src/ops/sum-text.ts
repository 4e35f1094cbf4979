import { lanesOf } from './lanes.ts';

/** A loop that sums products, for the text of a kernel. */
export interface SumText {
  /** Variable that is added to; it exists. */
  readonly into: string;
  /** Elements, a multiple of four with `fours`. */
  readonly count: number;
  readonly fours: boolean;
  /** Of every factor the text of an element's place up to the column: `x[this.thread.y]`, and where its columns begin. */
  readonly rows: Readonly<Record<string, readonly [row: string, start?: string]>>;
  /** The summand; `at` has the text of every factor. */
  readonly term: (at: Readonly<Record<string, string>>) => string;
}

/** Starts of columns count elements; with `fours` they are divided by four, so they must be whole fours too. */
export function sumText({ into, count, fours, rows, term }: SumText): string {
  const reads = Object.entries(rows).map(
    ([name, [row, start]]) => `const ${name}At = ${row}[${start === undefined ? 'i' : `${start} + i`}];`,
  );
  const at = (lane: string): Record<string, string> =>
    Object.fromEntries(Object.keys(rows).map((name) => [name, `${name}At${lane}`]));
  const terms = lanesOf(fours).map((lane) => term(at(lane)));
  return `
    for (let i = 0; i < ${fours ? count / 4 : count}; i++) {
      ${reads.join('\n')}
      ${into} += ${terms.join(' + ')};
    }`;
}
