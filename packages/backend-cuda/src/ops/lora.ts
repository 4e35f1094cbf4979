import type { LoraBackwardArgs, LoraForwardArgs } from '@bezoar/backend';
import { dropAt } from './dropout.ts';
import { f32Matrix, multiply, tensorMatrix } from './gemm.ts';
import type { OpContext } from './op-context.ts';

/** u = drop(x)·Aᵀ; out += scale · u·Bᵀ. */
export function loraForward(context: OpContext, args: LoraForwardArgs): void {
  const { scale, dropout } = args;
  const inputs = args.a.shape.at(-1)!;
  const rank = args.b.shape.at(-1)!;
  const x = { ...tensorMatrix(context, args.x, inputs), dropout };
  const u = tensorMatrix(context, args.u, rank);
  multiply(context, { form: 'NT', a: x, b: tensorMatrix(context, args.a, inputs), c: u.address });
  multiply(context, {
    form: 'NT',
    a: u,
    b: tensorMatrix(context, args.b, rank),
    c: context.address(args.out),
    alpha: scale,
    accumulate: true,
  });
}

/** dB += scale · dOutᵀ·u; du = scale · dOut·B; dA += duᵀ·drop(x); dX += mask ⊙ (du·A). */
export function loraBackward(context: OpContext, args: LoraBackwardArgs): void {
  const { scale, dropout, dX } = args;
  const inputs = args.a.shape.at(-1)!;
  const rank = args.b.shape.at(-1)!;
  const outputs = args.b.size / rank;
  const x = { ...tensorMatrix(context, args.x, inputs), dropout };
  const a = tensorMatrix(context, args.a, inputs);
  const b = tensorMatrix(context, args.b, rank);
  const dOut = tensorMatrix(context, args.dOut, outputs);
  const tokens = x.rows;

  const u = tensorMatrix(context, args.u, rank);
  const dB = context.address(args.dB);
  multiply(context, { form: 'TN', a: dOut, b: u, c: dB, alpha: scale, accumulate: true });
  context.scratch(tokens * rank * 4, (address) => {
    multiply(context, { form: 'NN', a: dOut, b, c: address, alpha: scale });
    const du = f32Matrix(address, tokens, rank);
    multiply(context, { form: 'TN', a: du, b: x, c: context.address(args.dA), accumulate: true });
    if (!dX) return;
    if (!dropout) {
      multiply(context, { form: 'NN', a: du, b: a, c: context.address(dX), accumulate: true });
      return;
    }
    context.scratch(dX.size * 4, (whole) => {
      multiply(context, { form: 'NN', a: du, b: a, c: whole });
      dropAt(context, { x: whole, out: context.address(dX), size: dX.size, dropout }, true);
    });
  });
}
