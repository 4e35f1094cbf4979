/*
 * What the attention kernels on the tensor cores share. Operands are bf16 rows of `D` elements, a multiple of 16, that packBf16 has made of
 * heads of up to D elements and zeros: x [T, heads, D]. Tiles in shared memory have rows of D + 8 elements, so that ldmatrix meets no bank twice.
 */
#pragma once
#include "tensor-core.cuh"

#define FLASH_THREADS 128
/** Exponentials are powers of two: scores are multiplied with log2(e) once. */
#define LOG2_E 1.4426950408889634f

/** Starts copying rows first … first + ROWS − 1 of one head of a sequence, zeros from `length` on. */
template <int ROWS, int D>
DEVICE void startRows(bf16 *tile, const bf16 *x, int start, int first, int length, int heads, int head) {
  for (int e = threadIdx.x; e < ROWS * (D / 8); e += FLASH_THREADS) {
    int row = e / (D / 8), chunk = e % (D / 8);
    bool inside = first + row < length;
    const bf16 *source = inside ? x + ((i64)(start + first + row) * heads + head) * D + chunk * 8 : x;
    copyAsync(tile + row * (D + 8) + chunk * 8, source, inside);
  }
}

/** The 16×16 operand A at (row, k) of a tile. */
template <int D> DEVICE void leftOperand(u32 *out, const bf16 *tile, int row, int k) {
  int lane = threadIdx.x & 31;
  loadMatrices(out, tile + (row + (lane & 15)) * (D + 8) + k + (lane >> 4 << 3));
}

/** Two 16×8 operands B for columns n … n + 15 at depth k, of a tile whose rows are columns of B. */
template <int D> DEVICE void rightOperands(u32 *out, const bf16 *tile, int n, int k) {
  int lane = threadIdx.x & 31;
  loadMatrices(out, tile + (n + (lane & 7) + (lane >> 4 << 3)) * (D + 8) + k + ((lane >> 3 & 1) << 3));
}

/** The same of a tile whose rows are rows of B. */
template <int D> DEVICE void rightOperandsOfRows(u32 *out, const bf16 *tile, int n, int k) {
  int lane = threadIdx.x & 31;
  loadMatricesTransposed(out, tile + (k + (lane & 15)) * (D + 8) + n + (lane >> 4 << 3));
}

/** sums[16 × N] = the warp's 16 rows of `left` times the N rows of `right`, over D. */
template <int N, int D> DEVICE void productOfRows(float (*sums)[4], const bf16 *left, int row, const bf16 *right) {
#pragma unroll
  for (int n = 0; n < N / 8; n++)
#pragma unroll
    for (int e = 0; e < 4; e++) sums[n][e] = 0;
#pragma unroll
  for (int k = 0; k < D; k += 16) {
    u32 a[4], b[4];
    leftOperand<D>(a, left, row, k);
#pragma unroll
    for (int n = 0; n < N; n += 16) {
      rightOperands<D>(b, right, n, k);
      mmaBf16(sums[n / 8], a, b);
      mmaBf16(sums[n / 8 + 1], a, b + 2);
    }
  }
}

/** sums[16 × D] += weights[16 × K], sums of an earlier product rounded to bf16, times the K rows of a tile. */
template <int K, int D> DEVICE void addWeightedRows(float (*sums)[4], const float (*weights)[4], const bf16 *rows) {
#pragma unroll
  for (int k = 0; k < K; k += 16) {
    const float *first = weights[k / 8], *second = weights[k / 8 + 1];
    u32 a[4] = {pairOfBf16(first[0], first[1]), pairOfBf16(first[2], first[3]), pairOfBf16(second[0], second[1]),
                pairOfBf16(second[2], second[3])};
#pragma unroll
    for (int n = 0; n < D; n += 16) {
      u32 b[4];
      rightOperandsOfRows<D>(b, rows, n, k);
      mmaBf16(sums[n / 8], a, b);
      mmaBf16(sums[n / 8 + 1], a, b + 2);
    }
  }
}

/** Stores factor[i] times the warp's 16 rows of sums into rows row … of out [T, heads, d], those before `end` only. */
template <int D>
DEVICE void storeRows(const float (*sums)[4], float *out, int start, int row, int end, int heads, int head, int d, const float *factor) {
  int lane = threadIdx.x & 31;
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int own = row + lane / 4 + half * 8;
    if (own >= end) continue;
    float *target = out + ((i64)(start + own) * heads + head) * d;
#pragma unroll
    for (int n = 0; n < D / 8; n++)
#pragma unroll
      for (int e = 0; e < 2; e++) {
        int x = n * 8 + lane % 4 * 2 + e;
        if (x < d) target[x] = sums[n][half * 2 + e] * factor[half];
      }
  }
}
