import type { DoraBackwardArgs, DoraForwardArgs, DoraNormsArgs } from '@bezoar/backend';
import { addColumnSums } from './column-sums.ts';
import { mapElements } from './map-elements.ts';
import { weightShape, type OpContext } from './op-context.ts';
import { withDense } from './weights.ts';

export function doraNorms(context: OpContext, { weight, a, b, scale, norms }: DoraNormsArgs): void {
  const { outputs, inputs } = weightShape(weight);
  const rank = b.size / outputs;
  withDense(context, weight, (dense) =>
    context.launch({
      kernel: 'doraNorms',
      sizes: { inputs, rank },
      body: (sizes) => `
        let squares = 0;
        for (let i = 0; i < ${sizes.inputs}; i++) {
          let update = 0;
          for (let r = 0; r < ${sizes.rank}; r++) { update += b[this.thread.x][r] * a[r][i]; }
          const value = weight[this.thread.x][i] + scale * update;
          squares += value * value;
        }
        return Math.sqrt(squares);`,
      threads: [outputs],
      inputs: { weight: dense, a: context.view(a, inputs), b: context.view(b, rank), scale },
      out: context.output(norms),
    }),
  );
}

export function doraForward(context: OpContext, args: DoraForwardArgs): void {
  const { y, magnitude, norms, bias, out, accumulate = false } = args;
  const width = magnitude.size;
  mapElements(context, {
    kernel: `doraForward${bias ? ' biased' : ''}${accumulate ? ' added' : ''}`,
    rows: y.size / width,
    columns: width,
    elements: { y, ...(accumulate ? { old: out } : {}) },
    perColumn: { magnitude, norms, ...(bias ? { bias } : {}) },
    formula: (at) =>
      `${at.y} * (${at.magnitude} / ${at.norms})${bias ? ` + ${at.bias}` : ''}${accumulate ? ` + ${at.old}` : ''}`,
    out: context.output(out),
  });
}

export function doraBackward(context: OpContext, args: DoraBackwardArgs): void {
  const { y, magnitude, norms, dOut, dY, dMagnitude } = args;
  const width = magnitude.size;
  const rows = y.size / width;
  mapElements(context, {
    kernel: 'doraBackward dY',
    rows,
    columns: width,
    elements: { dOut },
    perColumn: { magnitude, norms },
    formula: (at) => `${at.magnitude} / ${at.norms} * ${at.dOut}`,
    out: context.output(dY),
  });
  addColumnSums(context, {
    kernel: 'doraBackward dMagnitude',
    rows,
    term: 'dOut[t][this.thread.x] * y[t][this.thread.x] / norms[0][this.thread.x]',
    inputs: { norms: context.view(norms), dOut: context.view(dOut, width), y: context.view(y, width) },
    into: dMagnitude,
  });
}
