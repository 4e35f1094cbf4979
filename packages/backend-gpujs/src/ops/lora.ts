import type { DropoutSpec, LoraBackwardArgs, LoraForwardArgs, Tensor } from '@bezoar/backend';
import { dropoutMask } from './dropout-mask.ts';
import { multiply } from './matrix.ts';
import type { OpContext, View } from './op-context.ts';

export function loraForward(context: OpContext, { x, a, b, scale, u, out, dropout }: LoraForwardArgs): void {
  const inputs = a.shape.at(-1)!;
  const rank = b.shape.at(-1)!;
  const outputs = b.size / rank;
  const rows = x.size / inputs;
  withMask(context, { x, dropout, columns: inputs }, (mask) =>
    multiply(context, {
      form: 'NT',
      a: context.view(x, inputs),
      b: context.view(a, inputs),
      rows,
      columns: rank,
      inner: inputs,
      ...mask,
      out: context.output(u),
    }),
  );
  multiply(context, {
    form: 'NT',
    a: context.view(u, rank),
    b: context.view(b, rank),
    rows,
    columns: outputs,
    inner: rank,
    scale,
    plus: context.view(out, outputs),
    out: context.output(out),
  });
}

export function loraBackward(context: OpContext, args: LoraBackwardArgs): void {
  const { x, u, a, b, scale, dOut, dA, dB, dX, dropout } = args;
  const inputs = a.shape.at(-1)!;
  const rank = b.shape.at(-1)!;
  const outputs = b.size / rank;
  const rows = x.size / inputs;
  multiply(context, {
    form: 'TN',
    a: context.view(dOut, outputs),
    b: context.view(u, rank),
    rows: outputs,
    columns: rank,
    inner: rows,
    scale,
    plus: context.view(dB, rank),
    out: context.output(dB),
  });
  context.scratch(rows * rank, (slot) => {
    const dU: View = { slot, columns: rank };
    multiply(context, {
      form: 'NN',
      a: context.view(dOut, outputs),
      b: context.view(b, rank),
      rows,
      columns: rank,
      inner: outputs,
      scale,
      out: slot,
    });
    withMask(context, { x, dropout, columns: inputs }, (mask) => {
      multiply(context, {
        form: 'TN',
        a: dU,
        b: context.view(x, inputs),
        rows: rank,
        columns: inputs,
        inner: rows,
        ...mask,
        plus: context.view(dA, inputs),
        out: context.output(dA),
      });
      if (!dX) return;
      multiply(context, {
        form: 'NN',
        a: dU,
        b: context.view(a, inputs),
        rows,
        columns: inputs,
        inner: rank,
        ...mask,
        plus: context.view(dX, inputs),
        out: context.output(dX),
      });
    });
  });
}

interface Masked {
  readonly x: Tensor;
  readonly dropout: DropoutSpec | undefined;
  readonly columns: number;
}

function withMask(
  context: OpContext,
  { x, dropout, columns }: Masked,
  use: (mask: { readonly mask?: View }) => void,
): void {
  if (!dropout) {
    use({});
    return;
  }
  context.constant(dropoutMask(x.size, dropout), (slot) => use({ mask: { slot, columns } }));
}
