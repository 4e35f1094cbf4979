/*
 * The k greatest of each row in falling order, the lower index first among equal ones: a heap of the k best so far with
 * the worst on top, then sorted by taking the worst out. O(V·log k) at most, O(V) when few values get in.
 */
#include "pool.h"

typedef struct {
  const float *x;
  isize width, k;
  float *values;
  i32 *indices;
} TopK;

/* True when entry a ranks after entry b. */
INLINE int worse(float a, i32 index_a, float b, i32 index_b) { return a < b || (a == b && index_a > index_b); }

/* Puts (value, index) at the root of a heap of n entries and lets it sink. */
static void sink(float *values, i32 *indices, isize n, float value, i32 index) {
  isize at = 0;
  for (;;) {
    isize child = 2 * at + 1;
    if (child >= n) break;
    if (child + 1 < n && worse(values[child + 1], indices[child + 1], values[child], indices[child])) child++;
    if (!worse(values[child], indices[child], value, index)) break;
    values[at] = values[child], indices[at] = indices[child];
    at = child;
  }
  values[at] = value, indices[at] = index;
}

static void top_k_task(void *args, isize index, char *scratch) {
  (void)scratch;
  TopK *t = args;
  const float *x = t->x + index * t->width;
  float *values = t->values + index * t->k;
  i32 *indices = t->indices + index * t->k;
  /* Entries that rank after everything. */
  for (isize i = 0; i < t->k; i++) values[i] = -__builtin_inff(), indices[i] = 0x7fffffff;
  for (isize j = 0; j < t->width; j++) {
    if (worse(values[0], indices[0], x[j], (i32)j)) sink(values, indices, t->k, x[j], (i32)j);
  }
  for (isize n = t->k - 1; n > 0; n--) {
    float value = values[n];
    i32 at = indices[n];
    values[n] = values[0], indices[n] = indices[0];
    sink(values, indices, n, value, at);
  }
}

KERNEL(bz_top_k)(Pool *pool, const float *x, isize rows, isize width, isize k, float *values, i32 *indices) {
  TopK t = {x, width, k, values, indices};
  parallel_for(pool, rows, top_k_task, &t);
}
