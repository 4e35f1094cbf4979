import type { LinearArgs, LinearBackwardInputArgs, LinearBackwardWeightArgs } from '@bezoar/backend';
import { addColumnSums } from './column-sums.ts';
import { multiply } from './matrix.ts';
import { weightShape, type OpContext } from './op-context.ts';
import { withDense } from './weights.ts';

export function linear(context: OpContext, { x, weight, bias, out, accumulate = false }: LinearArgs): void {
  const { outputs, inputs } = weightShape(weight);
  withDense(context, weight, (dense) =>
    multiply(context, {
      form: 'NT',
      a: context.view(x, inputs),
      b: dense,
      rows: x.size / inputs,
      columns: outputs,
      inner: inputs,
      ...(bias ? { bias: context.view(bias) } : {}),
      ...(accumulate ? { plus: context.view(out, outputs) } : {}),
      out: context.output(out),
    }),
  );
}

export function linearBackwardInput(
  context: OpContext,
  { dOut, weight, dX, accumulate = false }: LinearBackwardInputArgs,
): void {
  const { outputs, inputs } = weightShape(weight);
  withDense(context, weight, (dense) =>
    multiply(context, {
      form: 'NN',
      a: context.view(dOut, outputs),
      b: dense,
      rows: dOut.size / outputs,
      columns: inputs,
      inner: outputs,
      ...(accumulate ? { plus: context.view(dX, inputs) } : {}),
      out: context.output(dX),
    }),
  );
}

export function linearBackwardWeight(
  context: OpContext,
  { x, dOut, dWeight, dBias }: LinearBackwardWeightArgs,
): void {
  const { outputs, inputs } = weightShape(dWeight);
  const rows = x.size / inputs;
  multiply(context, {
    form: 'TN',
    a: context.view(dOut, outputs),
    b: context.view(x, inputs),
    rows: outputs,
    columns: inputs,
    inner: rows,
    plus: context.view(dWeight, inputs),
    out: context.output(dWeight),
  });
  if (!dBias) return;
  addColumnSums(context, {
    kernel: 'linearBackwardWeight dBias',
    rows,
    term: 'dOut[t][this.thread.x]',
    inputs: { dOut: context.view(dOut, outputs) },
    into: dBias,
  });
}
