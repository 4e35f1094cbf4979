import type { DoraBackwardArgs, DoraForwardArgs, DoraNormsArgs } from '@bezoar/backend';
import { addColumnSums } from './column-sums.ts';
import { mapElements } from './map-elements.ts';
import { multiply } from './matrix.ts';
import { weightShape, type OpContext } from './op-context.ts';
import { sumText } from './sum-text.ts';
import { withDense } from './weights.ts';

/** The adapted matrix is made whole: a kernel that made its rows on the way would have loops in loops. */
export function doraNorms(context: OpContext, { weight, a, b, scale, norms }: DoraNormsArgs): void {
  const { outputs, inputs } = weightShape(weight);
  const rank = b.size / outputs;
  const fours = context.fours(inputs);
  withDense(context, weight, (dense) =>
    context.scratch(outputs * inputs, (adapted) => {
      multiply(context, {
        form: 'NN',
        a: context.view(b, rank),
        b: context.view(a, inputs),
        rows: outputs,
        columns: inputs,
        inner: rank,
        scale,
        plus: dense,
        out: adapted,
      });
      context.launch({
        kernel: 'doraNorms',
        sizes: { inputs, fours },
        body: rowLengthBody,
        threads: [outputs],
        steps: fours ? inputs / 4 : inputs,
        inputs: { adapted: { slot: adapted, columns: inputs, fours } },
        out: context.output(norms),
      });
    }),
  );
}

function rowLengthBody({ inputs, fours }: { readonly inputs: number; readonly fours: boolean }): string {
  return `
    let squares = 0;
    ${sumText({ into: 'squares', count: inputs, fours, rows: { w: ['adapted[this.thread.x]'] }, term: (at) => `${at.w} * ${at.w}` })}
    return Math.sqrt(squares);`;
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
