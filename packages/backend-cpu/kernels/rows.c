/*
 * Moving rows: gather from a table (f32 or bf16), scatter, scatter-add in token order, column sums (a bias gradient), a bias added.
 */
#include "pool.h"
#include "weights.h"

#define ROWS 16
/* Columns of one task where rows must be added in order. */
#define ADD_COLUMNS 256

typedef struct {
  isize rows, width, format;
  const void *source;
  const i32 *ids;
  float *out;
} Rows;

/* out[t] = table[ids[t]]. */
static void gather_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Rows *t = args;
  Weight table = {.format = t->format, .data = t->source, .columns = t->width};
  for (isize n = index * ROWS; n < min_i(t->rows, (index + 1) * ROWS); n++) {
    float *out = t->out + n * t->width;
    const float *row = weight_row(&table, t->ids[n], 0, t->width, out);
    if (row != out) __builtin_memcpy(out, row, t->width * 4);
  }
}
KERNEL(bz_gather_rows)(Pool *pool, const void *table, isize format, const i32 *ids, float *out, isize rows,
                       isize width) {
  Rows t = {rows, width, format, table, ids, out};
  parallel_for(pool, ceil_div(rows, ROWS), gather_task, &t);
}

/* dst[ids[t]] = src[t]; ids are distinct. */
static void scatter_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Rows *t = args;
  for (isize n = index * ROWS; n < min_i(t->rows, (index + 1) * ROWS); n++)
    __builtin_memcpy(t->out + t->ids[n] * t->width, (const float *)t->source + n * t->width, t->width * 4);
}
KERNEL(bz_scatter_rows)(Pool *pool, const float *source, const i32 *ids, float *out, isize rows, isize width) {
  Rows t = {.rows = rows, .width = width, .source = source, .ids = ids, .out = out};
  parallel_for(pool, ceil_div(rows, ROWS), scatter_task, &t);
}

/* dst[ids[t]] += src[t], in token order: a task owns columns, not rows. */
static void scatter_add_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Rows *t = args;
  isize from = index * ADD_COLUMNS, columns = min_i(ADD_COLUMNS, t->width - from);
  for (isize n = 0; n < t->rows; n++) {
    float *restrict out = t->out + t->ids[n] * t->width + from;
    const float *restrict source = (const float *)t->source + n * t->width + from;
    for (isize i = 0; i < columns; i++) out[i] += source[i];
  }
}
KERNEL(bz_scatter_add_rows)(Pool *pool, const float *source, const i32 *ids, float *out, isize rows, isize width) {
  Rows t = {.rows = rows, .width = width, .source = source, .ids = ids, .out = out};
  parallel_for(pool, ceil_div(width, ADD_COLUMNS), scatter_add_task, &t);
}

/* out += Σ_t source[t], in token order, starting with the sum that is there. */
static void column_sums_task(void *args, isize index, char *scratch) {
  Rows *t = args;
  isize from = index * ADD_COLUMNS, columns = min_i(ADD_COLUMNS, t->width - from);
  float *restrict sum = (float *)scratch;
  __builtin_memcpy(sum, t->out + from, columns * 4);
  for (isize n = 0; n < t->rows; n++) {
    const float *restrict source = (const float *)t->source + n * t->width + from;
    for (isize i = 0; i < columns; i++) sum[i] += source[i];
  }
  __builtin_memcpy(t->out + from, sum, columns * 4);
}
KERNEL(bz_column_sums)(Pool *pool, const float *source, float *out, isize rows, isize width) {
  Rows t = {.rows = rows, .width = width, .source = source, .out = out};
  parallel_for(pool, ceil_div(width, ADD_COLUMNS), column_sums_task, &t);
}

/* out[t] += bias. */
static void add_bias_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Rows *t = args;
  for (isize n = index * ROWS; n < min_i(t->rows, (index + 1) * ROWS); n++) {
    const float *restrict bias = t->source;
    float *restrict out = t->out + n * t->width;
    for (isize i = 0; i < t->width; i++) out[i] += bias[i];
  }
}
KERNEL(bz_add_bias)(Pool *pool, const float *bias, float *out, isize rows, isize width) {
  Rows t = {.rows = rows, .width = width, .source = bias, .out = out};
  parallel_for(pool, ceil_div(rows, ROWS), add_bias_task, &t);
}
