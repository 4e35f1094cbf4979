/*
 * out[column] += Σ_rows term(row, column), every column one chain of sums in the order of the rows, so that it does not matter how rows
 * are cut into micro-batches. A block has 32 columns: eight warps bring the terms of 64 rows to shared memory while the first adds up those
 * of the 64 before. 288 threads, a block per 32 columns.
 */
#pragma once
#include "common.cuh"

#define SUM_COLUMNS 32
#define SUM_ROWS 64

template <class Term> DEVICE void sumColumns(float *out, i64 rows, int width, const Term &term) {
  __shared__ float tiles[2][SUM_ROWS][SUM_COLUMNS + 1];
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, column = blockIdx.x * SUM_COLUMNS + lane;
  bool inside = column < width;
  float sum = inside && warp == 0 ? out[column] : 0.0f;
  i64 steps = (rows + SUM_ROWS - 1) / SUM_ROWS;
  for (i64 step = 0; step <= steps; step++) {
    if (warp > 0 && step < steps && inside) {
#pragma unroll
      for (int i = 0; i < SUM_ROWS / 8; i++) {
        int y = i * 8 + warp - 1;
        i64 row = step * SUM_ROWS + y;
        if (row < rows) tiles[step & 1][y][lane] = term(row, column);
      }
    }
    if (warp == 0 && step > 0 && inside) {
      i64 first = (step - 1) * SUM_ROWS;
      int count = rows - first < SUM_ROWS ? (int)(rows - first) : SUM_ROWS;
      for (int y = 0; y < count; y++) sum += tiles[step - 1 & 1][y][lane];
    }
    __syncthreads(); // this tile is there, and the other one was added up
  }
  if (inside && warp == 0) out[column] = sum;
}
