/*
 * Matrix products with warpgroup instructions, for compute capability 9.0 alone. targets: sm_90a
 * C = alpha · A·B (+ C) (+ bias), bf16 operands, sums in f32, rows as in gemm-bf16.cu.
 *   NT   A [m, k], B [n, k]    x·Wᵀ
 *   NN   A [m, k], B [k, n]    dOut·W
 *
 * A block has a 128×128 tile of C; each of its two warpgroups multiplies 64 rows of it by four instructions of 64×128×16 a step. Three stages of 64 of k,
 * filled by cp.async into swizzled shared memory (wgmma.cuh), 96 KiB: two blocks fit a multiprocessor, and one multiplies while the other waits. A
 * stage is filled again when the products of the step before, which read it, are done.
 */
#include "wgmma.cuh"

#define TILE 128
#define DEPTH 64
#define STAGES 3
/** Bytes of an operand's stage, and of half of it: 64 rows. */
#define STAGE_BYTES (TILE * DEPTH * 2)
#define HALF_BYTES (STAGE_BYTES / 2)
/** Bytes of eight rows. */
#define BLOCK_BYTES 1024

/** Starts copying 128 rows of k (or 64 rows that are k, 128 long, when `OUTER_K`) from (first, k0). */
template <bool OUTER_K> DEVICE void startStage(u8 *stage, const bf16 *source, i64 ld, int first, int limit, int k0, int depth) {
#pragma unroll
  for (int e = threadIdx.x; e < STAGE_BYTES / 16; e += 256) {
    // 1024 chunks of 16 bytes, eight in a row of 128 bytes.
    int row = e / 8, chunk = e % 8;
    int outer = OUTER_K ? k0 + row % DEPTH : first + row, inner = OUTER_K ? first + row / DEPTH * 64 + chunk * 8 : k0 + chunk * 8;
    bool inside = OUTER_K ? outer < depth && inner < limit : outer < limit && inner < depth;
    copyAsync(stage + row * 128 + ((chunk ^ (row & 7)) << 4), inside ? source + outer * ld + inner : source, inside);
  }
}

template <bool B_OUTER_K>
DEVICE void product(const bf16 *a, i64 lda, const bf16 *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha, int accumulate,
                    const float *bias) {
  DYNAMIC_SHARED(u8, memory);
  u8 *stages = memory + (-sharedAddress(memory) & (BLOCK_BYTES - 1));
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, group = warp / 4;
  int row0 = blockIdx.y * TILE, column0 = blockIdx.x * TILE;
  int steps = (k + DEPTH - 1) / DEPTH;

  float sums[64];
#pragma unroll
  for (int i = 0; i < 64; i++) sums[i] = 0;
  for (int step = 0; step < STAGES - 1; step++) {
    u8 *stage = stages + step * 2 * STAGE_BYTES;
    if (step < steps) {
      startStage<false>(stage, a, lda, row0, m, step * DEPTH, k);
      startStage<B_OUTER_K>(stage + STAGE_BYTES, b, ldb, column0, n, step * DEPTH, k);
    }
    commitCopies();
  }
  for (int step = 0; step < steps; step++) {
    waitForCopies<STAGES - 2>();
    fenceForMatrices();
    waitForProducts();
    __syncthreads(); // this stage has come, and all products of the step before are done
    u32 base = sharedAddress(stages + step % STAGES * 2 * STAGE_BYTES);
    beginProducts();
#pragma unroll
    for (int slice = 0; slice < DEPTH / 16; slice++) {
      // 16 of k are 32 bytes of a row, or two blocks of rows.
      u64 left = matrixDescriptor(base + group * HALF_BYTES + slice * 32, 16, BLOCK_BYTES);
      u32 other = base + STAGE_BYTES + (B_OUTER_K ? slice * 2 * BLOCK_BYTES : slice * 32);
      startProduct<B_OUTER_K>(sums, left, matrixDescriptor(other, B_OUTER_K ? HALF_BYTES : 16, BLOCK_BYTES), 1);
    }
    commitProducts();
    int next = step + STAGES - 1;
    if (next < steps) {
      u8 *stage = stages + next % STAGES * 2 * STAGE_BYTES;
      startStage<false>(stage, a, lda, row0, m, next * DEPTH, k);
      startStage<B_OUTER_K>(stage + STAGE_BYTES, b, ldb, column0, n, next * DEPTH, k);
    }
    commitCopies();
  }
  waitForProducts();
#pragma unroll
  for (int i = 0; i < 64; i++) {
    int row = row0 + warp * 16 + lane / 4 + i % 4 / 2 * 8, column = column0 + i / 4 * 8 + lane % 4 * 2 + i % 2;
    if (row >= m || column >= n) continue;
    float *out = c + row * ldc + column;
    float value = alpha * sums[i] + (bias ? bias[column] : 0.0f);
    *out = accumulate ? *out + value : value;
  }
}

KERNEL(256) gemmWgmmaNT(const bf16 *a, i64 lda, const bf16 *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                        int accumulate, const float *bias) {
  product<false>(a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias);
}

KERNEL(256) gemmWgmmaNN(const bf16 *a, i64 lda, const bf16 *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                        int accumulate, const float *bias) {
  product<true>(a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias);
}
