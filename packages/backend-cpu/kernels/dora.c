/*
 * DoRA (Liu et al. 2024): norms[o] = ‖W[o] + scale·(B·A)[o]‖; out = g ⊙ y + bias with g = magnitude / norms; backward,
 * dY = g ⊙ dOut and dMagnitude += Σ_t dOut ⊙ y / norms.
 */
#include "pool.h"
#include "weights.h"

/* Rows of W that a task takes, and those that it takes at once: A is read once for them. */
#define NORMS_ROWS 16
#define NORMS_AT_ONCE 4
/* Values of a row that are decoded at a time: a multiple of 2 W. */
#define NORMS_K 1024
/* Tokens of a task forwards, columns of a task backwards. */
#define DORA_TOKENS 16
#define DORA_COLUMNS 256

typedef struct {
  isize outputs, inputs, rank;
  Weight w;
  const float *a, *b;
  float scale, *norms;
} DoraNorms;

/* `scratch`: the decoded rows, then scale·B of them, rank numbers a row. */
INLINE void norms_of_rows(const DoraNorms *t, isize row, float *scratch, const int count) {
  float *factors = scratch + NORMS_AT_ONCE * NORMS_K, rest[NORMS_AT_ONCE] = {0};
  V sum[NORMS_AT_ONCE];
  UNROLL for (int r = 0; r < count; r++) {
    sum[r] = (V){0};
    for (isize j = 0; j < t->rank; j++) factors[j * count + r] = t->scale * t->b[(row + r) * t->rank + j];
  }
  for (isize k0 = 0; k0 < t->inputs; k0 += NORMS_K) {
    isize depth = min_i(NORMS_K, t->inputs - k0), k = 0;
    const float *w[NORMS_AT_ONCE], *a = t->a + k0;
    UNROLL for (int r = 0; r < count; r++) w[r] = weight_row(&t->w, row + r, k0, depth, scratch + r * NORMS_K);
    for (; k + 2 * W <= depth; k += 2 * W) {
      V value[2 * NORMS_AT_ONCE];
      UNROLL for (int r = 0; r < count; r++) {
        value[2 * r] = load(w[r] + k);
        value[2 * r + 1] = load(w[r] + k + W);
      }
      for (isize j = 0; j < t->rank; j++) {
        V first = load(a + j * t->inputs + k), second = load(a + j * t->inputs + k + W);
        UNROLL for (int r = 0; r < count; r++) {
          V factor = load_splat(factors + j * count + r);
          value[2 * r] = fma_v(factor, first, value[2 * r]);
          value[2 * r + 1] = fma_v(factor, second, value[2 * r + 1]);
        }
      }
      UNROLL for (int r = 0; r < count; r++) {
        sum[r] = fma_v(value[2 * r], value[2 * r], sum[r]);
        sum[r] = fma_v(value[2 * r + 1], value[2 * r + 1], sum[r]);
      }
    }
    for (; k < depth; k++) {
      UNROLL for (int r = 0; r < count; r++) {
        float value = w[r][k];
        for (isize j = 0; j < t->rank; j++) value += factors[j * count + r] * a[j * t->inputs + k];
        rest[r] += value * value;
      }
    }
  }
  UNROLL for (int r = 0; r < count; r++) t->norms[row + r] = __builtin_sqrtf(sum_lanes(sum[r]) + rest[r]);
}

static void dora_norms_task(void *args, isize index, char *scratch) {
  DoraNorms *t = args;
  isize row = index * NORMS_ROWS, end = min_i(t->outputs, row + NORMS_ROWS);
  for (; row + NORMS_AT_ONCE <= end; row += NORMS_AT_ONCE) norms_of_rows(t, row, (float *)scratch, NORMS_AT_ONCE);
  for (; row < end; row++) norms_of_rows(t, row, (float *)scratch, 1);
}

KERNEL(bz_dora_norms)(Pool *pool, const float *a, const float *b, float scale, float *norms, isize outputs,
                      isize inputs, isize rank, WEIGHT_PARAMETERS) {
  DoraNorms t = {outputs, inputs, rank, WEIGHT_ARGUMENTS, a, b, scale, norms};
  parallel_for(pool, ceil_div(outputs, NORMS_ROWS), dora_norms_task, &t);
}

typedef struct {
  isize tokens, width;
  const float *y, *magnitude, *norms, *bias, *d_out;
  float *out, *d_magnitude;
  int accumulate;
} Dora;

static void dora_forward_task(void *args, isize index, char *scratch) {
  Dora *t = args;
  float *restrict factor = (float *)scratch;
  for (isize i = 0; i < t->width; i++) factor[i] = t->magnitude[i] / t->norms[i];
  for (isize n = index * DORA_TOKENS; n < min_i(t->tokens, (index + 1) * DORA_TOKENS); n++) {
    const float *restrict y = t->y + n * t->width;
    float *restrict out = t->out + n * t->width;
    if (t->accumulate) {
      for (isize i = 0; i < t->width; i++) out[i] += factor[i] * y[i];
    } else {
      for (isize i = 0; i < t->width; i++) out[i] = factor[i] * y[i];
    }
    if (t->bias) {
      for (isize i = 0; i < t->width; i++) out[i] += t->bias[i];
    }
  }
}
KERNEL(bz_dora_forward)(Pool *pool, const float *y, const float *magnitude, const float *norms, const float *bias,
                        float *out, isize tokens, isize width, isize accumulate) {
  Dora t = {.tokens = tokens, .width = width, .y = y, .magnitude = magnitude, .norms = norms, .bias = bias, .out = out,
            .accumulate = (int)accumulate};
  parallel_for(pool, ceil_div(tokens, DORA_TOKENS), dora_forward_task, &t);
}

/* A task owns columns, so that tokens are added in their order, to the sum that is there. */
static void dora_backward_task(void *args, isize index, char *scratch) {
  Dora *t = args;
  isize from = index * DORA_COLUMNS, columns = min_i(DORA_COLUMNS, t->width - from);
  float *restrict factor = (float *)scratch, *restrict inverse = factor + DORA_COLUMNS;
  float *restrict sum = inverse + DORA_COLUMNS;
  for (isize i = 0; i < columns; i++) {
    factor[i] = t->magnitude[from + i] / t->norms[from + i];
    inverse[i] = 1 / t->norms[from + i];
    sum[i] = t->d_magnitude[from + i];
  }
  for (isize n = 0; n < t->tokens; n++) {
    const float *restrict d_out = t->d_out + n * t->width + from, *restrict y = t->y + n * t->width + from;
    float *restrict dy = t->out + n * t->width + from;
    for (isize i = 0; i < columns; i++) {
      dy[i] = factor[i] * d_out[i];
      sum[i] += d_out[i] * y[i] * inverse[i];
    }
  }
  __builtin_memcpy(t->d_magnitude + from, sum, columns * 4);
}
KERNEL(bz_dora_backward)(Pool *pool, const float *y, const float *magnitude, const float *norms, const float *d_out,
                         float *dy, float *d_magnitude, isize tokens, isize width) {
  Dora t = {.tokens = tokens, .width = width, .y = y, .magnitude = magnitude, .norms = norms, .d_out = d_out, .out = dy,
            .d_magnitude = d_magnitude};
  parallel_for(pool, ceil_div(width, DORA_COLUMNS), dora_backward_task, &t);
}
