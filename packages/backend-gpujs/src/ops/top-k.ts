import type { TopKArgs } from '@bezoar/backend';
import { forLanes } from './lanes.ts';
import type { OpContext, View } from './op-context.ts';

/** In textures, ranks are found one by one only while that takes few steps: there a texel waits for its slowest thread. */
const FEW_STEPS = 4096;

export function topK(context: OpContext, { x, k, values, indices }: TopKArgs): void {
  const width = x.shape.at(-1)!;
  const rows = x.size / width;
  const view = context.view(x, width);
  const sizes = { width, k };
  if (k * width <= FEW_STEPS || !context.fours()) {
    context.launch({
      kernel: 'topK indices',
      sizes,
      body: oneByOneBody,
      threads: [k, rows],
      steps: k * width,
      inputs: { x: view },
      out: context.output(indices),
    });
  } else {
    context.scratch(x.size, (ranks) => {
      const fours = context.fours(width);
      context.launch({
        kernel: 'topK ranks',
        sizes: { width, fours },
        body: ranksBody,
        threads: [width, rows],
        steps: fours ? width / 4 : width,
        inputs: { x: view, others: { ...view, fours } },
        out: ranks,
      });
      const ranked: View = { slot: ranks, columns: width };
      context.launch({
        kernel: 'topK of ranks',
        sizes,
        body: ofRankBody,
        threads: [k, rows],
        steps: width,
        inputs: { ranks: ranked },
        out: context.output(indices),
      });
    });
  }
  context.launch({
    kernel: 'topK values',
    sizes: {},
    body: () => 'return x[this.thread.y][indices[this.thread.y][this.thread.x]];',
    threads: [k, rows],
    inputs: { x: view, indices: context.view(indices, k) },
    out: context.output(values),
  });
}

interface TopKSizes {
  readonly width: number;
  readonly k: number;
}

/** Thread: rank x of row y. It finds the greatest, then the next after it in the order wanted, until its rank is reached. */
function oneByOneBody({ width, k }: TopKSizes): string {
  return `
    let last = -1;
    let lastValue = 0;
    for (let rank = 0; rank < ${k}; rank++) {
      if (rank <= this.thread.x) {
        let best = -1;
        let bestValue = 0;
        for (let i = 0; i < ${width}; i++) {
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
    return last;`;
}

/** Thread: element x of row y. Its rank is the number of those before it. */
function ranksBody({ width, fours }: { readonly width: number; readonly fours: boolean }): string {
  const step = fours ? 4 : 1;
  return `
    const own = x[this.thread.y][this.thread.x];
    let rank = 0;
    for (let i = 0; i < ${width / step}; i++) {
      const other = others[this.thread.y][i];
      ${forLanes(fours, (lane, index) => `if (other${lane} > own || (other${lane} === own && i * ${step} + ${index} < this.thread.x)) { rank += 1; }`)}
    }
    return rank;`;
}

/** Thread: rank x of row y. */
function ofRankBody({ width }: TopKSizes): string {
  return `
    let index = 0;
    for (let i = 0; i < ${width}; i++) {
      if (ranks[this.thread.y][i] === this.thread.x) { index = i; }
    }
    return index;`;
}
