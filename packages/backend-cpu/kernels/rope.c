/*
 * Rotary embedding (Su et al. 2021), half-rotation layout, in place: for i < d/2 with c = cos[pos, i], s = ±sin[pos, i]:
 * (x_i, x_{i+d/2}) ← (x_i·c − x_{i+d/2}·s, x_{i+d/2}·c + x_i·s).
 */
#include "pool.h"

#define ROPE_ROWS 16

typedef struct {
  float *x;
  const i32 *positions;
  const float *cos, *sin;
  isize rows, heads, half;
  float sign;
} Rope;

static void rope_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Rope *t = args;
  for (isize n = index * ROPE_ROWS; n < min_i(t->rows, (index + 1) * ROPE_ROWS); n++) {
    const float *cos = t->cos + t->positions[n] * t->half, *sin = t->sin + t->positions[n] * t->half;
    float *row = t->x + n * t->heads * 2 * t->half, sign = t->sign;
    for (isize h = 0; h < t->heads; h++) {
      float *restrict low = row + h * 2 * t->half, *restrict high = low + t->half;
      for (isize i = 0; i < t->half; i++) {
        float s = sin[i] * sign, a = low[i], b = high[i];
        low[i] = a * cos[i] - b * s;
        high[i] = b * cos[i] + a * s;
      }
    }
  }
}

KERNEL(bz_rope)(Pool *pool, float *x, const i32 *positions, const float *cos, const float *sin, isize rows, isize heads,
                isize half, float sign) {
  Rope t = {x, positions, cos, sin, rows, heads, half, sign};
  parallel_for(pool, ceil_div(rows, ROPE_ROWS), rope_task, &t);
}
