/*
 * Matrix products on the tensor cores: bf16 operands, sums in f32. C = alpha · A·B (+ C) (+ bias). C: f32 [m, n].
 *   NT   A [m, k], B [n, k]    x·Wᵀ
 *   NN   A [m, k], B [k, n]    dOut·W
 *   TN   A [k, m], B [k, n]    dOutᵀ·x
 * Rows of A and B lie lda and ldb elements apart, multiples of 8, and are padded with zeros up to the next multiple of 8.
 *
 * A block has a 128×128 tile of C and walks over k by 32 with three stages of cp.async; 8 warps, each with 64×32 of the tile as
 * 4×4 products of m16n8k16. Chunks of 16 bytes lie swizzled, so that ldmatrix meets no bank twice. With `splits` > 1
 * (gridDim.z), each block has a share of k and writes its bare sums to workspace [splits, m, n]; reduceSplits joins them in order.
 */
#include "tensor-core.cuh"

#define TILE 128
#define DEPTH 32
#define STAGES 3
#define TILE_SIZE (TILE * DEPTH)

/** Where chunk (8 elements) `chunk` of row `row` lies in a tile, rows being of 32 or of 128 elements. */
template <bool OUTER_K> DEVICE int swizzled(int row, int chunk) {
  return OUTER_K ? row * TILE + ((chunk ^ (row & 7)) << 3) : row * DEPTH + ((chunk ^ (row >> 1 & 3)) << 3);
}

/** Starts copying the tile at (first, k0) of an operand whose rows run over k, or are k when `OUTER_K`. */
template <bool OUTER_K> DEVICE void startTile(bf16 *tile, const bf16 *source, i64 ld, int first, int limit, int k0, int depth) {
#pragma unroll
  for (int e = threadIdx.x; e < TILE_SIZE / 8; e += 256) {
    int row = OUTER_K ? e / (TILE / 8) : e / (DEPTH / 8), chunk = OUTER_K ? e % (TILE / 8) : e % (DEPTH / 8);
    int outer = OUTER_K ? k0 + row : first + row, inner = OUTER_K ? first + chunk * 8 : k0 + chunk * 8;
    bool inside = OUTER_K ? outer < depth && inner < limit : outer < limit && inner < depth;
    copyAsync(tile + swizzled<OUTER_K>(row, chunk), inside ? source + outer * ld + inner : source, inside);
  }
}

template <bool A_OUTER_K, bool B_OUTER_K>
DEVICE void product(const bf16 *a, i64 lda, const bf16 *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha, int accumulate,
                    const float *bias, float *workspace) {
  __shared__ __align__(16) bf16 tilesA[STAGES][TILE_SIZE], tilesB[STAGES][TILE_SIZE];
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  int row0 = blockIdx.y * TILE, column0 = blockIdx.x * TILE;
  int warpRow = warp / 4 * 64, warpColumn = warp % 4 * 32;
  int steps = (k + DEPTH - 1) / DEPTH, splits = gridDim.z;
  int firstStep = (int)((i64)steps * blockIdx.z / splits), lastStep = (int)((i64)steps * (blockIdx.z + 1) / splits);

  float sums[4][4][4] = {};
  for (int stage = 0; stage < STAGES - 1; stage++) {
    if (firstStep + stage < lastStep) {
      startTile<A_OUTER_K>(tilesA[stage], a, lda, row0, m, (firstStep + stage) * DEPTH, k);
      startTile<B_OUTER_K>(tilesB[stage], b, ldb, column0, n, (firstStep + stage) * DEPTH, k);
    }
    commitCopies();
  }
  for (int step = firstStep; step < lastStep; step++) {
    waitForCopies<STAGES - 2>();
    __syncthreads(); // this stage has come, and the stage that is filled next was read
    int next = step + STAGES - 1;
    if (next < lastStep) {
      startTile<A_OUTER_K>(tilesA[(next - firstStep) % STAGES], a, lda, row0, m, next * DEPTH, k);
      startTile<B_OUTER_K>(tilesB[(next - firstStep) % STAGES], b, ldb, column0, n, next * DEPTH, k);
    }
    commitCopies();
    const bf16 *tileA = tilesA[(step - firstStep) % STAGES], *tileB = tilesB[(step - firstStep) % STAGES];
#pragma unroll
    for (int k0 = 0; k0 < DEPTH; k0 += 16) {
      u32 left[4][4], right[4][2];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int row = warpRow + i * 16;
        if (A_OUTER_K)
          loadMatricesTransposed(left[i], tileA + swizzled<true>(k0 + (lane & 7) + (lane >> 4 << 3), row / 8 + (lane >> 3 & 1)));
        else
          loadMatrices(left[i], tileA + swizzled<false>(row + (lane & 15), k0 / 8 + (lane >> 4)));
      }
#pragma unroll
      for (int j = 0; j < 4; j += 2) {
        int column = warpColumn + j * 8;
        u32 four[4];
        if (B_OUTER_K)
          loadMatricesTransposed(four, tileB + swizzled<true>(k0 + (lane & 15), column / 8 + (lane >> 4)));
        else
          loadMatrices(four, tileB + swizzled<false>(column + (lane & 7) + (lane >> 4 << 3), k0 / 8 + (lane >> 3 & 1)));
        right[j][0] = four[0], right[j][1] = four[1], right[j + 1][0] = four[2], right[j + 1][1] = four[3];
      }
#pragma unroll
      for (int i = 0; i < 4; i++)
#pragma unroll
        for (int j = 0; j < 4; j++) mmaBf16(sums[i][j], left[i], right[j]);
    }
  }
#pragma unroll
  for (int i = 0; i < 4; i++)
#pragma unroll
    for (int j = 0; j < 4; j++)
#pragma unroll
      for (int e = 0; e < 4; e++) {
        int row = row0 + warpRow + i * 16 + lane / 4 + e / 2 * 8, column = column0 + warpColumn + j * 8 + lane % 4 * 2 + e % 2;
        if (row >= m || column >= n) continue;
        if (splits > 1) {
          workspace[((i64)blockIdx.z * m + row) * n + column] = sums[i][j][e];
          continue;
        }
        float *out = c + row * ldc + column;
        float value = alpha * sums[i][j][e] + (bias ? bias[column] : 0.0f);
        *out = accumulate ? *out + value : value;
      }
}

KERNEL(256) gemmBf16NT(const bf16 *a, i64 lda, const bf16 *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                       int accumulate, const float *bias, float *workspace) {
  product<false, false>(a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias, workspace);
}

KERNEL(256) gemmBf16NN(const bf16 *a, i64 lda, const bf16 *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                       int accumulate, const float *bias, float *workspace) {
  product<false, true>(a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias, workspace);
}

KERNEL(256) gemmBf16TN(const bf16 *a, i64 lda, const bf16 *b, i64 ldb, float *c, i64 ldc, int m, int n, int k, float alpha,
                       int accumulate, const float *bias, float *workspace) {
  product<true, true>(a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias, workspace);
}

KERNEL(256) reduceSplits(const float *workspace, int splits, float *c, i64 ldc, i64 m, int n, float alpha, int accumulate,
                         const float *bias) {
  for (i64 i = threadOfGrid(); i < m * n; i += threadsOfGrid()) {
    i64 row = i / n;
    int column = (int)(i - row * n);
    float sum = 0;
    for (int split = 0; split < splits; split++) sum += workspace[split * m * n + i];
    float *out = c + row * ldc + column;
    float value = alpha * sum + (bias ? bias[column] : 0.0f);
    *out = accumulate ? *out + value : value;
  }
}
