import type { DropoutSpec, LoraBackwardArgs, LoraForwardArgs, Tensor } from '@bezoar/backend';
import { dropoutArguments } from './dropout.ts';
import type { OpContext } from './op-context.ts';

/** u = drop(x)·Aᵀ; out += scale · u·Bᵀ. */
export function loraForward(context: OpContext, args: LoraForwardArgs): void {
  const { x, a, u, out, scale, dropout } = args;
  const { tokens, rank, inputs, outputs } = sizesOf(args);
  const s = context.address(u);
  const narrow = { y: context.address(x), s, p: context.address(a), tokens, rank, columns: inputs };
  runLora(context, 'bz_lora_project', { ...narrow, dropout });
  withTransposed(context, args.b, (p) =>
    runLora(context, 'bz_lora_expand', {
      y: context.address(out),
      s,
      p,
      tokens,
      rank,
      columns: outputs,
      factor: scale,
    }),
  );
}

/** dB += scale · dOutᵀ·u; du = scale · dOut·B; dA += duᵀ·drop(x); dX += mask ⊙ (du·A). */
export function loraBackward(context: OpContext, args: LoraBackwardArgs): void {
  const { x, a, b, u, dOut, dA, dB, dX, scale, dropout } = args;
  const { tokens, rank, inputs, outputs } = sizesOf(args);
  const wide = { y: context.address(dOut), tokens, rank, columns: outputs, factor: scale };
  withTransposed(context, dB, (p) => {
    runLora(context, 'bz_lora_collect', { ...wide, s: context.address(u), p });
    context.run('bz_transpose', [p, context.address(dB), rank, outputs]);
  });
  context.scratch(tokens * rank * 4, (du) => {
    withTransposed(context, b, (p) => runLora(context, 'bz_lora_project', { ...wide, s: du, p }));
    const narrow = { s: du, tokens, rank, columns: inputs, dropout };
    runLora(context, 'bz_lora_collect', { ...narrow, y: context.address(x), p: context.address(dA) });
    if (dX) runLora(context, 'bz_lora_expand', { ...narrow, y: context.address(dX), p: context.address(a) });
  });
}

interface LoraProduct {
  /** Address of the tall matrix [tokens, columns]. */
  readonly y: number;
  /** Address of [tokens, rank]. */
  readonly s: number;
  /** Address of [rank, columns]. */
  readonly p: number;
  readonly tokens: number;
  readonly rank: number;
  readonly columns: number;
  readonly factor?: number;
  /** Of the tall matrix. */
  readonly dropout?: DropoutSpec | undefined;
}

type LoraKernel = 'bz_lora_project' | 'bz_lora_expand' | 'bz_lora_collect';

/** LORA_PARAMETERS of kernels/lora.c. */
function runLora(context: OpContext, kernel: LoraKernel, product: LoraProduct): void {
  const { y, s, p, tokens, rank, columns, factor = 1, dropout } = product;
  context.run(kernel, [y, s, p, tokens, rank, columns, factor, ...dropoutArguments(dropout)]);
}

/** Gives the address of a transposed copy of [columns, rank]. */
function withTransposed(context: OpContext, matrix: Tensor, use: (address: number) => void): void {
  const rank = matrix.shape.at(-1)!;
  context.scratch(matrix.size * 4, (address) => {
    context.run('bz_transpose', [context.address(matrix), address, matrix.size / rank, rank]);
    use(address);
  });
}

function sizesOf({ x, a, b }: { readonly x: Tensor; readonly a: Tensor; readonly b: Tensor }): {
  readonly tokens: number;
  readonly rank: number;
  readonly inputs: number;
  readonly outputs: number;
} {
  const inputs = a.shape.at(-1)!;
  const rank = b.shape.at(-1)!;
  return { tokens: x.size / inputs, rank, inputs, outputs: b.size / rank };
}
