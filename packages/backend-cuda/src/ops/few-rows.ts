import type { DenseMatrix, Matrix } from './gemm.ts';
import { nf4Arguments } from './nf4.ts';
import type { OpContext } from './op-context.ts';

/** Rows that the kernel takes, and those of W that a block does. */
const [MOST_ROWS, BLOCK_ROWS] = [8, 8];

export interface FewRowsProduct {
  readonly a: DenseMatrix;
  readonly b: Matrix;
  readonly c: number;
  readonly alpha: number;
  readonly accumulate: boolean;
  /** Address, or 0. */
  readonly bias: number;
}

/** Whether a product A·Bᵀ is better read through once than cut into tiles. */
export function hasFewRows(a: DenseMatrix): boolean {
  return a.kind === 'f32' && !a.dropout && a.rows <= MOST_ROWS && a.columns % 8 === 0;
}

/** C = alpha · A·Bᵀ (+ C) (+ bias), all of A in f32. */
export function multiplyFewRows(context: OpContext, product: FewRowsProduct): void {
  const { a, b, c, alpha, accumulate, bias } = product;
  const rest = [a.address, a.rows, c, b.rows, b.columns, alpha, Number(accumulate), bias];
  const count = a.rows === 1 ? 'oneRow' : 'fewRows';
  const grid = [Math.ceil(b.rows / BLOCK_ROWS)] as const;
  if (b.kind === 'nf4') context.launch(`${count}Nf4`, grid, [...nf4Arguments(context, b.weight), ...rest]);
  else context.launch(b.kind === 'bf16' ? `${count}Bf16` : count, grid, [b.address, ...rest]);
}
