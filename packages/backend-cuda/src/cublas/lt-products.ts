import { BezoarError } from '@bezoar/core';
import type { CublasArgument, CublasFunction, CublasLibrary } from './cublas-lt.ts';

/** A product of row-major matrices as kernels/gemm-bf16.cu has them: bf16 operands, f32 result, sums in f32. */
export interface LtProduct {
  readonly form: 'NT' | 'NN' | 'TN';
  readonly a: number;
  readonly lda: number;
  readonly b: number;
  readonly ldb: number;
  readonly c: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly alpha: number;
  readonly accumulate: boolean;
}

export interface LtProducts {
  /** Enqueues C = alpha · A·B (+ C). False, and nothing was enqueued, when the library has no algorithm for it. */
  multiply(product: LtProduct): boolean;
  close(): void;
}

export interface LtProductsOptions {
  readonly library: CublasLibrary;
  /** Calls `use` with the stream, the context being current. */
  readonly onStream: (use: (stream: number) => void) => void;
  readonly scratch: (bytes: number, use: (address: number) => void) => void;
}

/** Numbers of cublasLt.h and library_types.h. */
const [R_32F, R_16BF, COMPUTE_32F] = [0, 14, 68];
const [TRANSA, TRANSB, OP_T] = [3, 4, 1];
const [MAX_WORKSPACE_BYTES, REDUCTION_SCHEME_MASK] = [1, 3];
/** All reductions of split sums but the one in place, whose order is left to chance: NONE is 0, COMPUTE_TYPE 2, OUTPUT_TYPE 4. */
const DETERMINISTIC = 2 | 4;
/** cublasLtMatmulHeuristicResult_t: the algorithm's 64 bytes, the size of its workspace, status, waves, 16 bytes in reserve. */
const [RESULT_BYTES, ALGORITHM_BYTES] = [96, 64];
const WORKSPACE = 32 * 1024 * 1024;
/** What the heuristic may count on. */
const ALIGNMENT = 256;

interface Plan {
  readonly description: number;
  readonly layouts: readonly [number, number, number];
  readonly algorithm: Uint8Array;
  readonly workspace: number;
}

/**
 * Products by cuBLASLt. It thinks in columns: our row-major C is its column-major Cᵀ = op(B)·op(A), so the operands change places. The algorithm of
 * a shape is what the library's heuristic says first, chosen once; with the same library and GPU the same sums in the same order.
 * Throws BezoarError BACKEND_UNAVAILABLE when the library refuses to begin, or fails.
 */
export function createLtProducts({ library, onStream, scratch }: LtProductsOptions): LtProducts {
  const call = (name: CublasFunction, ...args: readonly CublasArgument[]): void => {
    const status = library.status(name, ...args);
    if (status === 0) return;
    throw new BezoarError('BACKEND_UNAVAILABLE', `cuBLASLt refused ${name}: status ${status}`, {
      advice: 'Choose the kernels of this package: gemm "own".',
      data: { call: name, status, file: library.file },
    });
  };
  const word = new BigUint64Array(1);
  const made = (name: CublasFunction, ...args: readonly CublasArgument[]): number => {
    call(name, word, ...args);
    return Number(word[0]);
  };
  let handle = 0;
  onStream(() => void (handle = made('cublasLtCreate')));
  /** Null where there is no algorithm. */
  const plans = new Map<string, Plan | null>();

  function planOf({ form, lda, ldb, m, n, k }: LtProduct): Plan | undefined {
    const key = [form, lda, ldb, m, n, k].join();
    let plan = plans.get(key);
    if (plan === undefined) plans.set(key, (plan = makePlan({ form, lda, ldb, m, n, k })));
    return plan ?? undefined;
  }

  function makePlan({
    form,
    lda,
    ldb,
    m,
    n,
    k,
  }: Pick<LtProduct, 'form' | 'lda' | 'ldb' | 'm' | 'n' | 'k'>): Plan | null {
    const description = made('cublasLtMatmulDescCreate', COMPUTE_32F, R_32F);
    const transpose = Int32Array.of(OP_T);
    if (form === 'NT') call('cublasLtMatmulDescSetAttribute', description, TRANSA, transpose, 4);
    if (form === 'TN') call('cublasLtMatmulDescSetAttribute', description, TRANSB, transpose, 4);
    const layout = (type: number, [rows, columns]: readonly [number, number], ld: number): number =>
      made('cublasLtMatrixLayoutCreate', type, rows, columns, ld);
    const layouts = [
      form === 'NT' ? layout(R_16BF, [k, n], ldb) : layout(R_16BF, [n, k], ldb),
      form === 'TN' ? layout(R_16BF, [m, k], lda) : layout(R_16BF, [k, m], lda),
      layout(R_32F, [n, m], n),
    ] as const;
    const preference = made('cublasLtMatmulPreferenceCreate');
    const set = (attribute: number, value: BigUint64Array | Uint32Array): void =>
      call('cublasLtMatmulPreferenceSetAttribute', preference, attribute, value, value.byteLength);
    set(MAX_WORKSPACE_BYTES, BigUint64Array.of(BigInt(WORKSPACE)));
    set(REDUCTION_SCHEME_MASK, Uint32Array.of(DETERMINISTIC));
    const result = new Uint8Array(RESULT_BYTES);
    const count = new Int32Array(1);
    const [first, second, out] = layouts;
    const operands = [description, first, second, out, out, preference, 1] as const;
    const status = library.status('cublasLtMatmulAlgoGetHeuristic', handle, ...operands, result, count);
    call('cublasLtMatmulPreferenceDestroy', preference);
    const view = new DataView(result.buffer);
    if (status !== 0 || count[0] === 0 || view.getInt32(ALGORITHM_BYTES + 8, true) !== 0) {
      release(description, layouts);
      return null;
    }
    const workspace = Number(view.getBigUint64(ALGORITHM_BYTES, true));
    return { description, layouts, algorithm: result.slice(0, ALGORITHM_BYTES), workspace };
  }

  function release(description: number, layouts: readonly number[]): void {
    for (const layout of layouts) call('cublasLtMatrixLayoutDestroy', layout);
    call('cublasLtMatmulDescDestroy', description);
  }

  return {
    multiply(product) {
      const { a, b, c, alpha, accumulate } = product;
      if ([a, b, c].some((address) => address % ALIGNMENT !== 0)) return false;
      let done = false;
      onStream((stream) => {
        const plan = planOf(product);
        if (!plan) return;
        const [first, second, out] = plan.layouts;
        scratch(plan.workspace, (workspace) => {
          call(
            'cublasLtMatmul',
            ...[handle, plan.description, Float32Array.of(alpha), b, first, a, second],
            ...[Float32Array.of(Number(accumulate)), c, out, c, out, plan.algorithm],
            ...[workspace, plan.workspace, stream],
          );
        });
        done = true;
      });
      return done;
    },
    close() {
      for (const plan of plans.values()) if (plan) release(plan.description, plan.layouts);
      plans.clear();
      // After a crash of the device it may refuse: there is nothing left to free.
      library.status('cublasLtDestroy', handle);
    },
  };
}
