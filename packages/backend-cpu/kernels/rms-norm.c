/*
 * RMSNorm (Zhang and Sennrich 2019): rstd = 1/√(mean x² + eps); out = x·rstd·weight. Backward, with g = dOut·weight:
 * dX += rstd · (g − x·rstd²·mean(g·x)); dWeight += Σ_n dOut·x·rstd.
 */
#include "pool.h"
#include "vector-math.h"

/* Rows of a task; columns of a task of dWeight. */
#define NORM_ROWS 8
#define NORM_COLUMNS 128

typedef struct {
  isize rows, width;
  const float *x, *weight, *d_out;
  float *out, *rstd, *d_weight;
  float eps;
} Norm;

static void rms_norm_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Norm *t = args;
  for (isize n = index * NORM_ROWS; n < min_i(t->rows, (index + 1) * NORM_ROWS); n++) {
    const float *x = t->x + n * t->width;
    float *out = t->out + n * t->width;
    float rstd = 1 / __builtin_sqrtf(dot(x, x, t->width) / (float)t->width + t->eps);
    t->rstd[n] = rstd;
    for (isize i = 0; i < t->width; i++) out[i] = x[i] * rstd * t->weight[i];
  }
}

static void rms_norm_dx_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Norm *t = args;
  for (isize n = index * NORM_ROWS; n < min_i(t->rows, (index + 1) * NORM_ROWS); n++) {
    const float *x = t->x + n * t->width, *d_out = t->d_out + n * t->width;
    float *dx = t->out + n * t->width, rstd = t->rstd[n], rest = 0;
    V sum = (V){0};
    isize i = 0;
    for (; i + W <= t->width; i += W) sum = fma_v(load(d_out + i) * load(t->weight + i), load(x + i), sum);
    for (; i < t->width; i++) rest += d_out[i] * t->weight[i] * x[i];
    float shift = rstd * rstd * ((sum_lanes(sum) + rest) / (float)t->width);
    for (i = 0; i < t->width; i++) dx[i] += rstd * (d_out[i] * t->weight[i] - x[i] * shift);
  }
}

/* Starts with the sum that is there: the same additions in the same order, however rows are cut into calls. */
static void rms_norm_dw_task(void *args, isize index, char *scratch) {
  Norm *t = args;
  isize from = index * NORM_COLUMNS, columns = min_i(NORM_COLUMNS, t->width - from);
  float *sum = (float *)scratch;
  __builtin_memcpy(sum, t->d_weight + from, columns * 4);
  for (isize n = 0; n < t->rows; n++) {
    const float *x = t->x + n * t->width + from, *d_out = t->d_out + n * t->width + from;
    for (isize i = 0; i < columns; i++) sum[i] += d_out[i] * x[i] * t->rstd[n];
  }
  __builtin_memcpy(t->d_weight + from, sum, columns * 4);
}

KERNEL(bz_rms_norm)(Pool *pool, const float *x, const float *weight, float eps, float *out, float *rstd, isize rows,
                    isize width) {
  Norm t = {.rows = rows, .width = width, .x = x, .weight = weight, .out = out, .rstd = rstd, .eps = eps};
  parallel_for(pool, ceil_div(rows, NORM_ROWS), rms_norm_task, &t);
}

KERNEL(bz_rms_norm_backward)(Pool *pool, const float *x, const float *weight, const float *rstd, const float *d_out,
                             float *dx, float *d_weight, isize rows, isize width) {
  Norm t = {.rows = rows, .width = width, .x = x, .weight = weight, .d_out = d_out, .out = dx, .rstd = (float *)rstd,
            .d_weight = d_weight};
  parallel_for(pool, ceil_div(rows, NORM_ROWS), rms_norm_dx_task, &t);
  if (d_weight) parallel_for(pool, ceil_div(width, NORM_COLUMNS), rms_norm_dw_task, &t);
}
