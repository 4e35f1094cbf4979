import type { OpContext } from './op-context.ts';

/** A dense f32 matrix at an address. */
export interface DenseOperand {
  readonly address: number;
  /** Values per stored row. */
  readonly columns: number;
}

export interface GemmArgs {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** f32, stored [m, k], or [k, m] with `aTransposed`. */
  readonly a: DenseOperand;
  readonly aTransposed?: boolean;
  /** WEIGHT_PARAMETERS of a matrix stored [n, k] (`bRows`: x·Wᵀ) or [k, n]. */
  readonly b: readonly number[];
  readonly bRows: boolean;
  readonly c: DenseOperand;
  /** C += instead of C =. */
  readonly accumulate?: boolean;
  /** Address of a bias [n], for C = only. */
  readonly bias?: number;
  /** Operands rounded to bf16, sums in f32. */
  readonly bf16?: boolean;
  /** Every sum one chain over k, also where few rows would be summed in lanes: an element never depends on m. */
  readonly oneChain?: boolean;
}

/** C = A·B + bias, or C += A·B: see kernels/gemm.c. */
export function gemm(context: OpContext, args: GemmArgs): void {
  const { m, n, k, a, b, c } = args;
  context.run('bz_gemm', [
    m,
    n,
    k,
    a.address,
    a.columns,
    Number(args.aTransposed ?? false),
    Number(args.bRows),
    c.address,
    c.columns,
    Number(args.accumulate ?? false),
    args.bias ?? 0,
    Number(args.bf16 ?? false),
    Number(args.oneChain ?? false),
    ...b,
  ]);
}

/** WEIGHT_PARAMETERS of a dense f32 matrix. */
export function denseWeight({ address, columns }: DenseOperand): readonly number[] {
  return [0, address, columns, 0, 0, 0, 0, 0, 0, 0];
}
