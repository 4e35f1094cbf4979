import type { TopKArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

/** Thread: rank x of row y. It finds the greatest, then the next after it in the order wanted, until its rank is reached. */
export function topK(context: OpContext, { x, k, values, indices }: TopKArgs): void {
  const width = x.shape.at(-1)!;
  const rows = x.size / width;
  const view = context.view(x, width);
  context.launch({
    kernel: 'topK indices',
    sizes: { width, k },
    body: (sizes) => `
      let last = -1;
      let lastValue = 0;
      for (let rank = 0; rank < ${sizes.k}; rank++) {
        if (rank <= this.thread.x) {
          let best = -1;
          let bestValue = 0;
          for (let i = 0; i < ${sizes.width}; i++) {
            const value = x[this.thread.y][i];
            const later = last < 0 || value < lastValue || (value === lastValue && i > last);
            if (later && (best < 0 || value > bestValue)) {
              best = i;
              bestValue = value;
            }
          }
          last = best;
          lastValue = bestValue;
        }
      }
      return last;`,
    threads: [k, rows],
    inputs: { x: view },
    out: context.output(indices),
  });
  context.launch({
    kernel: 'topK values',
    sizes: {},
    body: () => 'return x[this.thread.y][indices[this.thread.y][this.thread.x]];',
    threads: [k, rows],
    inputs: { x: view, indices: context.view(indices, k) },
    out: context.output(values),
  });
}
