/** The system's OpenBLAS, as a peer. */
export interface OpenBlas {
  readonly about: { readonly config: string; readonly kernel: string; readonly threads: number };
  /** C[m, n] = A[m, k] · B[k, n], or · Bᵀ of B[n, k]. */
  sgemm(args: SgemmArgs): void;
}

export interface SgemmArgs {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly bTransposed: boolean;
  readonly c: Float32Array;
}

const [ROW_MAJOR, PLAIN, TRANSPOSED] = [101, 111, 112];

/**
 * Loads libopenblas (Debian: `apt-get install libopenblas0-pthread`), or says why it is not here. Some environments set
 * OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, which makes it slow: both are removed first, and it says itself what it runs.
 */
export async function loadOpenBlas(threads: number): Promise<OpenBlas | string> {
  delete process.env.OPENBLAS_CORETYPE;
  delete process.env.OPENBLAS_L2_SIZE;
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load('libopenblas.so.0');
    const setThreads = library.func('void openblas_set_num_threads(int)') as (threads: number) => void;
    const text = (name: string): string => (library.func(`const char *${name}()`) as () => string)();
    const sizes = 'int m, int n, int k, float alpha';
    const operands =
      'const float *a, int lda, const float *b, int ldb, float beta, _Inout_ float *c, int ldc';
    const sgemm = library.func(
      `void cblas_sgemm(int order, int transA, int transB, ${sizes}, ${operands})`,
    ) as unknown as (...args: readonly unknown[]) => void;
    setThreads(threads);
    return {
      about: { config: text('openblas_get_config'), kernel: text('openblas_get_corename'), threads },
      sgemm({ m, n, k, a, b, bTransposed, c }) {
        const [transposed, ldb] = bTransposed ? [TRANSPOSED, k] : [PLAIN, n];
        sgemm(ROW_MAJOR, PLAIN, transposed, m, n, k, 1, a, k, b, ldb, 0, c, n);
      },
    };
  } catch (error) {
    return `libopenblas.so.0 cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
}
