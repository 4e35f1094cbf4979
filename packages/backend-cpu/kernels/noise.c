/*
 * Uniform noise from the same words as dropout (dropout.c comes before): NEFTune's, times a scale for each row.
 */
#include "pool.h"

#define NOISE_SPAN 8192

typedef struct {
  const float *x, *scales;
  float *out;
  isize n, width;
  u32 seed, stream;
} Noise;

/* out = x + scale·(⌊word/2⁸⌋·2⁻²³ − 1), the scale by rows of `width`. Product and sum round apart, as everywhere. */
static void add_noise_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Noise *t = args;
  isize end = min_i(t->n, (index + 1) * NOISE_SPAN);
  for (isize i = index * NOISE_SPAN; i < end; i += 4 * W) {
    VU words[4];
    philox((u32)(i / 4), t->stream, t->seed, words);
    V drawn[4], unit[4];
    UNROLL for (int w = 0; w < 4; w++)
      drawn[w] = __builtin_convertvector((VI)(words[w] >> 8), V) * splat(0x1p-23f) - splat(1.0f);
    in_element_order(drawn, unit);
    isize row = i / t->width;
    if (i + 4 * W <= min_i(end, (row + 1) * t->width)) {
      V scale = splat(t->scales[row]);
      UNROLL for (int w = 0; w < 4; w++) store(t->out + i + w * W, load(t->x + i + w * W) + scale * unit[w]);
    } else {
      for (isize j = i; j < min_i(end, i + 4 * W); j++)
        t->out[j] = t->x[j] + t->scales[j / t->width] * ((const float *)unit)[j - i];
    }
  }
}

KERNEL(bz_add_noise)(Pool *pool, const float *x, const float *scales, float *out, isize n, isize width, u32 seed,
                     u32 stream) {
  Noise t = {x, scales, out, n, width, seed, stream};
  parallel_for(pool, ceil_div(n, NOISE_SPAN), add_noise_task, &t);
}
