import type { DropoutSpec, LoraBackwardArgs, LoraForwardArgs, Tensor } from '@bezoar/backend';
import { dropAt } from './dropout.ts';
import { denseWeight, gemm } from './gemm.ts';
import type { OpContext } from './op-context.ts';

/** u = drop(x)·Aᵀ; out += scale · u·Bᵀ. */
export function loraForward(context: OpContext, args: LoraForwardArgs): void {
  const { a, b, scale } = args;
  const { tokens, rank, inputs, outputs } = sizesOf(args);
  const u = { address: context.address(args.u), columns: rank };
  withDropped(context, args, (x) => {
    const weight = denseWeight({ address: context.address(a), columns: inputs });
    gemm(context, {
      m: tokens,
      n: rank,
      k: inputs,
      a: { address: x, columns: inputs },
      b: weight,
      bRows: true,
      c: u,
    });
  });
  gemm(context, {
    m: tokens,
    n: outputs,
    k: rank,
    a: u,
    b: denseWeight({ address: context.address(b), columns: rank }),
    bRows: true,
    c: { address: context.address(args.out), columns: outputs },
    alpha: scale,
    accumulate: true,
  });
}

/** dB += scale · dOutᵀ·u; du = scale · dOut·B; dA += duᵀ·drop(x); dX += mask ⊙ (du·A). */
export function loraBackward(context: OpContext, args: LoraBackwardArgs): void {
  const { dropout, scale } = args;
  const { tokens, rank, inputs, outputs } = sizesOf(args);
  const dOut = { address: context.address(args.dOut), columns: outputs };
  gemm(context, {
    m: outputs,
    n: rank,
    k: tokens,
    a: dOut,
    aTransposed: true,
    b: denseWeight({ address: context.address(args.u), columns: rank }),
    bRows: false,
    c: { address: context.address(args.dB), columns: rank },
    alpha: scale,
    accumulate: true,
  });
  context.scratch(tokens * rank * 4, (duAddress) => {
    const du = { address: duAddress, columns: rank };
    const b = denseWeight({ address: context.address(args.b), columns: rank });
    gemm(context, { m: tokens, n: rank, k: outputs, a: dOut, b, bRows: false, c: du, alpha: scale });
    withDropped(context, args, (x) =>
      gemm(context, {
        m: rank,
        n: inputs,
        k: tokens,
        a: du,
        aTransposed: true,
        b: denseWeight({ address: x, columns: inputs }),
        bRows: false,
        c: { address: context.address(args.dA), columns: inputs },
        accumulate: true,
      }),
    );
    if (!args.dX) return;
    const dX = { address: context.address(args.dX), columns: inputs };
    const a = denseWeight({ address: context.address(args.a), columns: inputs });
    const product = { m: tokens, n: inputs, k: rank, a: du, b: a, bRows: false };
    if (!dropout) {
      gemm(context, { ...product, c: dX, accumulate: true });
      return;
    }
    const size = tokens * inputs;
    context.scratch(size * 4, (address) => {
      gemm(context, { ...product, c: { address, columns: inputs } });
      dropAt(context, { x: address, out: address, size, dropout });
      context.run('bz_add', [address, dX.address, 1, dX.address, size]);
    });
  });
}

interface Adapter {
  readonly x: Tensor;
  readonly a: Tensor;
  readonly b: Tensor;
  readonly dropout?: DropoutSpec;
}

function sizesOf({ x, a, b }: Adapter): { tokens: number; rank: number; inputs: number; outputs: number } {
  const inputs = a.shape.at(-1)!;
  const rank = b.shape.at(-1)!;
  return { tokens: x.size / inputs, rank, inputs, outputs: b.size / rank };
}

/** Gives the address of drop(x): a scratch copy, or x itself without dropout. */
function withDropped(context: OpContext, { x, dropout }: Adapter, use: (address: number) => void): void {
  const address = context.address(x);
  if (!dropout) {
    use(address);
    return;
  }
  context.scratch(x.size * 4, (out) => {
    dropAt(context, { x: address, out, size: x.size, dropout });
    use(out);
  });
}
