/*
 * Matrix products in f32 on the ordinary cores: C = alpha · A·B (+ C) (+ bias), a 64×64 tile per block, 4×4 per thread.
 * C: f32 [m, n]. In the names: which of A, B is stored transposed.
 *   NT   A [m, k], B [n, k]    x·Wᵀ
 *   NN   A [m, k], B [k, n]    dOut·W
 *   TN   A [k, m], B [k, n]    dOutᵀ·x
 * Every element is one chain of multiply-adds over k that goes on with what is there (alpha is a factor of A's elements), so gradients
 * have the same bits however tokens are cut into micro-batches. Rows lie lda, ldb, ldc elements apart.
 */
#include "common.cuh"

#define TILE 64
#define DEPTH 16
/** Padding keeps the float4 reads of a column of the tile apart. */
#define PITCH (TILE + 4)

/** tile[k][i] ← factor · source; element (i, k) lies at i·ld + k, or at k·ld + i when rows are k. Zero outside. */
template <bool OUTER_K, class Number>
DEVICE void loadTile(float (*tile)[PITCH], const Number *source, i64 ld, int first, int limit, int k0, int depth, float factor) {
  for (int e = threadIdx.x; e < TILE * DEPTH; e += 256) {
    int i = OUTER_K ? e % TILE : e / DEPTH, k = OUTER_K ? e / TILE : e % DEPTH;
    bool inside = first + i < limit && k0 + k < depth;
    i64 at = OUTER_K ? (k0 + k) * ld + first + i : (first + i) * ld + k0 + k;
    tile[k][i] = inside ? factor * valueOf(source[at]) : 0.0f;
  }
}

template <bool A_OUTER_K, bool B_OUTER_K, class Number>
DEVICE void product(const float *a, i64 lda, const Number *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                    int accumulate, const float *bias) {
  __shared__ float tileA[DEPTH][PITCH], tileB[DEPTH][PITCH];
  int row0 = blockIdx.y * TILE, column0 = blockIdx.x * TILE;
  int rowInTile = threadIdx.x / 16 * 4, columnInTile = threadIdx.x % 16 * 4;
  float sums[4][4] = {};
  if (accumulate) {
#pragma unroll
    for (int y = 0; y < 4; y++)
#pragma unroll
      for (int x = 0; x < 4; x++) {
        int row = row0 + rowInTile + y, column = column0 + columnInTile + x;
        if (row < m && column < n) sums[y][x] = c[row * ldc + column];
      }
  }
  for (int k0 = 0; k0 < k; k0 += DEPTH) {
    loadTile<A_OUTER_K>(tileA, a, lda, row0, m, k0, k, alpha);
    loadTile<B_OUTER_K>(tileB, b, ldb, column0, n, k0, k, 1.0f);
    __syncthreads();
#pragma unroll
    for (int i = 0; i < DEPTH; i++) {
      float4 left = *(const float4 *)&tileA[i][rowInTile], right = *(const float4 *)&tileB[i][columnInTile];
      float rows[4] = {left.x, left.y, left.z, left.w}, columns[4] = {right.x, right.y, right.z, right.w};
#pragma unroll
      for (int y = 0; y < 4; y++)
#pragma unroll
        for (int x = 0; x < 4; x++) sums[y][x] += rows[y] * columns[x];
    }
    __syncthreads();
  }
#pragma unroll
  for (int y = 0; y < 4; y++) {
    int row = row0 + rowInTile + y;
    if (row >= m) break;
#pragma unroll
    for (int x = 0; x < 4; x++) {
      int column = column0 + columnInTile + x;
      if (column >= n) break;
      c[row * ldc + column] = sums[y][x] + (bias ? bias[column] : 0.0f);
    }
  }
}

KERNEL(256) gemmF32NT(const float *a, i64 lda, const float *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                      int accumulate, const float *bias) {
  product<false, false>(a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias);
}

KERNEL(256) gemmF32NN(const float *a, i64 lda, const float *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                      int accumulate, const float *bias) {
  product<false, true>(a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias);
}

KERNEL(256) gemmF32TN(const float *a, i64 lda, const float *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                      int accumulate, const float *bias) {
  product<true, true>(a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias);
}

/** B in bf16. */
KERNEL(256) gemmF32NTBf16(const float *a, i64 lda, const bf16 *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                          int accumulate, const float *bias) {
  product<false, false>(a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias);
}

KERNEL(256) gemmF32NNBf16(const float *a, i64 lda, const bf16 *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                          int accumulate, const float *bias) {
  product<false, true>(a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias);
}
