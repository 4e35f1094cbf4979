/*
 * Small products inside one task, as attention needs them: blocks of at most BLOCK rows, everything in the thread's
 * scratch. pack_left and pack_right lay operands out once; block_multiply uses them as often as wanted.
 */
#ifndef BZ_BLOCK_GEMM_H
#define BZ_BLOCK_GEMM_H
#include "micro-kernel.h"

/* Query and key rows of one attention tile: a multiple of every MR and NR. */
#define BLOCK 96
#define MAX_HEAD_DIM 256
/* Floats of a packed operand, with room for the widest padding and spill. */
#define PACKED_FLOATS ((BLOCK + 32) * (MAX_HEAD_DIM + 32))

/* A[m][k] = x[m·ld + k], or x[k·ld + m] with columns. */
static void pack_left(const float *x, isize ld, int columns, isize m, isize k, float *dst, float *buffer) {
  for (isize row = 0; row < m; row += MR, dst += k * MR) {
    isize count = min_i(MR, m - row);
    if (columns) pack_a_columns(x + row, ld, count, k, 0, dst);
    else pack_a_rows(x + row * ld, ld, count, k, 0, dst, buffer);
  }
}

/* B[k][n] = x[k·ld + n], or x[n·ld + k] with rows. */
static void pack_right(const float *x, isize ld, int rows, isize k, isize n, float *dst, float *buffer) {
  Weight w = {.format = FORMAT_F32, .data = x, .columns = ld};
  if (rows) pack_b_rows(&w, 0, n, 0, k, 0, dst, buffer);
  else pack_b_columns(&w, 0, n, 0, k, 0, dst, buffer);
}

/* C[m][n] (+)= left·right. */
static void block_multiply(isize m, isize n, isize k, const float *left, const float *right, float *c, isize ldc,
                           int add) {
  multiply_panels(m, n, k, left, k * MR, right, c, ldc, add ? ADD : SET, 0, 0);
}

#endif
