import type { Tensor } from '@bezoar/backend';
import type { OpContext, View } from './op-context.ts';

export interface ColumnSums {
  readonly kernel: string;
  readonly rows: number;
  /** The summand of row t and column this.thread.x. */
  readonly term: string;
  readonly inputs: Readonly<Record<string, View | number>>;
  readonly into: Tensor;
}

/** into[x] += Σ_t term: gradients of biases and of what multiplies columns. */
export function addColumnSums(context: OpContext, { kernel, rows, term, inputs, into }: ColumnSums): void {
  context.launch({
    kernel,
    sizes: { rows },
    body: (sizes) => `
      let sum = 0;
      for (let t = 0; t < ${sizes.rows}; t++) { sum += ${term}; }
      return sum + into[0][this.thread.x];`,
    threads: [into.size],
    steps: rows,
    inputs: { ...inputs, into: context.view(into) },
    out: context.output(into),
  });
}
