/*
 * Rows by index. table, src: [T or N, width]; ids: i32 [T].
 *   gatherRows(Bf16)   out[t] = table[ids[t]]
 *   scatterRows        dst[ids[t]] = src[t]
 *   scatterAddRows     dst[ids[t]] += src[t] in the order of t: a thread owns a column, so no two meet
 *   columnSums         out[i] += Σ_t x[t, i]
 */
#include "column-sums.cuh"

KERNEL(256) gatherRows(const float *table, const int *ids, float *out, i64 rows, int width) {
  for (i64 i = threadOfGrid(); i < rows * width; i += threadsOfGrid()) {
    i64 row = i / width;
    out[i] = table[(i64)ids[row] * width + (i - row * width)];
  }
}

KERNEL(256) gatherRowsBf16(const bf16 *table, const int *ids, float *out, i64 rows, int width) {
  for (i64 i = threadOfGrid(); i < rows * width; i += threadsOfGrid()) {
    i64 row = i / width;
    out[i] = fromBf16(table[(i64)ids[row] * width + (i - row * width)]);
  }
}

KERNEL(256) scatterRows(const float *src, const int *ids, float *dst, i64 rows, int width) {
  for (i64 i = threadOfGrid(); i < rows * width; i += threadsOfGrid()) {
    i64 row = i / width;
    dst[(i64)ids[row] * width + (i - row * width)] = src[i];
  }
}

KERNEL(64) scatterAddRows(const float *src, const int *ids, float *dst, i64 rows, int width) {
  for (i64 column = threadOfGrid(); column < width; column += threadsOfGrid())
    for (i64 row = 0; row < rows; row++) dst[(i64)ids[row] * width + column] += src[row * width + column];
}

struct Values {
  const float *x;
  int width;
  DEVICE_METHOD float operator()(i64 row, int column) const { return x[row * width + column]; }
};

KERNEL(288) columnSums(const float *x, float *out, i64 rows, int width) { sumColumns(out, rows, width, Values{x, width}); }
