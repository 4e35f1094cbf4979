import type { DropoutSpec, Nf4Weight, Tensor, Weight } from '@bezoar/backend';
import { dropAt, dropoutArguments } from './dropout.ts';
import { hasFewRows, multiplyFewRows } from './few-rows.ts';
import { decodeNf4, nf4Arguments } from './nf4.ts';
import { gridOver, weightShape, type OpContext } from './op-context.ts';

/** A row-major matrix on the device. */
export type Matrix = DenseMatrix | Nf4Matrix;

export interface DenseMatrix {
  readonly kind: 'f32' | 'bf16';
  readonly address: number;
  readonly rows: number;
  readonly columns: number;
  /** Of an f32 matrix: the product takes drop(matrix). */
  readonly dropout?: DropoutSpec | undefined;
}

interface Nf4Matrix {
  readonly kind: 'nf4';
  readonly weight: Nf4Weight;
  readonly rows: number;
  readonly columns: number;
}

/** C = alpha · A·B, or C += alpha · A·B, then + bias. */
export interface Product {
  /** Which of A and B is stored transposed: `NT` is x·Wᵀ, `NN` dOut·W, `TN` dOutᵀ·x. */
  readonly form: 'NT' | 'NN' | 'TN';
  readonly a: DenseMatrix;
  readonly b: Matrix;
  /** Address of C, [m, n]. */
  readonly c: number;
  readonly alpha?: number;
  readonly accumulate?: boolean;
  /** Address of f32 [n]. */
  readonly bias?: number;
  /** Sums like a product of many rows even when there are few: for rows whose number depends on how a batch was cut. */
  readonly oneChain?: boolean;
}

/** A matrix of f32 values at an address. */
export function f32Matrix(
  address: number,
  rows: number,
  columns: number,
): DenseMatrix & { readonly kind: 'f32' } {
  return { kind: 'f32', address, rows, columns };
}

export function tensorMatrix(context: OpContext, tensor: Tensor, columns: number): DenseMatrix {
  const kind = tensor.dtype === 'bf16' ? 'bf16' : 'f32';
  return { kind, address: context.address(tensor), rows: tensor.size / columns, columns };
}

export function weightMatrix(context: OpContext, weight: Weight): Matrix {
  const { outputs: rows, inputs: columns } = weightShape(weight);
  if (weight.kind === 'nf4') return { kind: 'nf4', weight, rows, columns };
  return tensorMatrix(context, weight, columns);
}

export function multiply(context: OpContext, product: Product): void {
  const sizes = sizesOf(product);
  if (sizes.m * sizes.n === 0) return;
  const { form, a, alpha = 1, accumulate = false, bias = 0 } = product;
  if (form === 'NT' && !product.oneChain && hasFewRows(a)) {
    multiplyFewRows(context, { ...product, alpha, accumulate, bias });
    return;
  }
  if (context.bf16) multiplyBf16(context, product, sizes);
  else multiplyF32(context, product, sizes);
}

interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

function sizesOf({ form, a, b }: Product): Sizes {
  const n = form === 'NT' ? b.rows : b.columns;
  return form === 'TN' ? { m: a.columns, n, k: a.rows } : { m: a.rows, n, k: a.columns };
}

/** Side of the tile of kernels/gemm-f32.cu. */
const F32_TILE = 64;

function multiplyF32(context: OpContext, product: Product, { m, n, k }: Sizes): void {
  const { form, c, alpha = 1, accumulate = false, bias = 0 } = product;
  withDense(context, product.a, (a) =>
    withDense(context, product.b, (b) => {
      // The other factor of TN is never a weight.
      const kernel =
        b.kind === 'bf16' && form !== 'TN' ? (`gemmF32${form}Bf16` as const) : (`gemmF32${form}` as const);
      const grid = [Math.ceil(n / F32_TILE), Math.ceil(m / F32_TILE)] as const;
      const operands = [a.address, a.columns, b.address, b.columns, c, n];
      context.launch(kernel, grid, [...operands, m, n, k, alpha, Number(accumulate), bias]);
    }),
  );
}

/** The matrix with NF4 decoded and dropout applied, in scratch memory where there was something to do. */
function withDense(context: OpContext, matrix: Matrix, use: (dense: DenseMatrix) => void): void {
  const { rows, columns } = matrix;
  const size = rows * columns;
  if (matrix.kind === 'nf4') {
    context.scratch(size * 4, (address) => {
      decodeNf4(context, matrix.weight, address);
      use(f32Matrix(address, rows, columns));
    });
  } else if (matrix.dropout) {
    const { address: x, dropout } = matrix;
    context.scratch(size * 4, (out) => {
      dropAt(context, { x, out, size, dropout });
      use(f32Matrix(out, rows, columns));
    });
  } else use(matrix);
}

/** Side and depth of the tile of kernels/gemm-bf16.cu. */
const [BF16_TILE, BF16_DEPTH] = [128, 32];
/** Dynamic shared memory of kernels/gemm-wgmma.cu: three stages of two operands of 16 KiB, and the way to a multiple of 1024. */
const WGMMA_SHARED = 3 * 2 * 16 * 1024 + 1024;

function multiplyBf16(context: OpContext, product: Product, sizes: Sizes): void {
  withPacked(context, product.a, (a) =>
    withPacked(context, product.b, (b) => {
      const packed = { ...product, ...sizes, a, b };
      if (!multiplyByLibrary(context, packed)) multiplyByTiles(context, packed);
    }),
  );
}

/** A product whose operands are packed. */
interface PackedProduct extends Omit<Product, 'a' | 'b'>, Sizes {
  readonly a: Packed;
  readonly b: Packed;
}

/** False when there is no library, or it cannot. */
function multiplyByLibrary(context: OpContext, product: PackedProduct): boolean {
  const { library } = context;
  if (!library) return false;
  const { form, a, b, c, m, n, k, alpha = 1, accumulate = false, bias = 0 } = product;
  const operands = { a: a.address, lda: a.stride, b: b.address, ldb: b.stride, c };
  if (!library.multiply({ form, ...operands, m, n, k, alpha, accumulate })) return false;
  context.packed.touch(c);
  if (bias) context.launch('addBias', gridOver(context, m * n), [bias, c, m * n, n]);
  return true;
}

function multiplyByTiles(context: OpContext, product: PackedProduct): void {
  const { form, a, b, c, m, n, k, alpha = 1, accumulate = false, bias = 0 } = product;
  const tiles = [Math.ceil(n / BF16_TILE), Math.ceil(m / BF16_TILE)] as const;
  const splits = splitsFor(context, tiles[0] * tiles[1], k);
  if (context.warpgroups && splits === 1 && form !== 'TN') {
    const operands = [a.address, a.stride, b.address, b.stride, c, n];
    const grid = { blocks: tiles, shared: WGMMA_SHARED };
    context.launch(`gemmWgmma${form}`, grid, [...operands, m, n, k, alpha, Number(accumulate), bias]);
    return;
  }
  context.scratch(splits > 1 ? splits * m * n * 4 : 0, (workspace) => {
    const operands = [a.address, a.stride, b.address, b.stride, c, n];
    const rest = [m, n, k, alpha, Number(accumulate), bias, workspace];
    context.launch(`gemmBf16${form}`, [...tiles, splits], [...operands, ...rest]);
    if (splits === 1) return;
    const sums = [workspace, splits, c, n, m, n, alpha, Number(accumulate), bias];
    context.launch('reduceSplits', gridOver(context, m * n), sums);
  });
}

/** Shares of k, so that few tiles still occupy the device; each has at least eight steps of its own. */
function splitsFor({ multiprocessors }: OpContext, tiles: number, k: number): number {
  const steps = Math.ceil(k / BF16_DEPTH);
  return Math.max(1, Math.min(Math.floor((2 * multiprocessors) / tiles), Math.floor(steps / 8), 32));
}

/** bf16 rows that lie `stride` elements apart, a multiple of 8, the rest zero. */
interface Packed {
  readonly address: number;
  readonly stride: number;
}

function withPacked(context: OpContext, matrix: Matrix, use: (packed: Packed) => void): void {
  const { rows, columns } = matrix;
  const stride = Math.ceil(columns / 8) * 8;
  if (matrix.kind === 'bf16' && stride === columns) {
    use({ address: matrix.address, stride });
    return;
  }
  if (matrix.kind === 'bf16') {
    context.scratch(rows * columns * 4, (address) => {
      context.launch('bf16ToF32', gridOver(context, rows * columns), [
        matrix.address,
        address,
        rows * columns,
      ]);
      withPacked(context, f32Matrix(address, rows, columns), use);
    });
    return;
  }
  const decode = (weight: Nf4Weight, address: number): void => {
    const sizes = [rows * columns, columns, stride];
    const grid = gridOver(context, (rows * columns) / 8);
    context.launch('nf4ToBf16', grid, [...nf4Arguments(context, weight), address, ...sizes]);
  };
  if (matrix.kind === 'nf4') {
    const { weight } = matrix;
    const isKept = context.decoded?.use(weight, {
      bytes: rows * stride * 2,
      decode: (address) => decode(weight, address),
      use: (address) => use({ address, stride }),
    });
    if (isKept === true) return;
  }
  const bytes = rows * stride * 2;
  if (matrix.kind === 'nf4') {
    context.scratch(bytes, (address) => {
      decode(matrix.weight, address);
      use({ address, stride });
    });
    return;
  }
  const { address: source, dropout } = matrix;
  const numbers = dropoutArguments(dropout);
  const key = [rows, columns, ...numbers].join();
  context.packed.use(
    { source, sourceBytes: rows * columns * 4, key, bytes },
    {
      pack(address) {
        const grid = gridOver(context, (rows * columns) / 4);
        context.launchReading('packBf16', grid, [source, address, rows, columns, stride, ...numbers]);
      },
      use: (address) => use({ address, stride }),
    },
  );
}
