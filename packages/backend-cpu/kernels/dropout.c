/*
 * Inverted dropout with Philox4x32-10 (Salmon et al. 2011): element i takes word i mod 4 of counter (⌊i/4⌋, stream, 0, 0)
 * under key (seed, 0), is kept when that is ≥ threshold, and multiplied by `factor`. A vector holds W counters.
 */
#include "pool.h"

#define DROPOUT_SPAN 8192

/* threshold 0: nothing is dropped. */
typedef struct {
  u32 seed, stream, threshold;
  float factor;
} DropoutMask;

typedef struct {
  const float *x;
  float *out;
  isize n;
  DropoutMask mask;
} Dropout;

/* Words 0 … 3 of counters first … first+W−1. */
INLINE void philox(u32 first, u32 stream, u32 seed, VU words[4]) {
  static const u32 steps[16] ALIGNED = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  VU zero = {0}, multiplier0 = zero + 0xD2511F53u, multiplier1 = zero + 0xCD9E8D57u;
  words[0] = *(const VU *)steps + first;
  words[1] = zero + stream;
  words[2] = words[3] = zero;
  u32 key0 = seed, key1 = 0;
  UNROLL for (int round = 0; round < 10; round++, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u) {
    VU high0 = mul_high(words[0], multiplier0), low0 = words[0] * multiplier0;
    VU high1 = mul_high(words[2], multiplier1), low1 = words[2] * multiplier1;
    words[0] = high1 ^ words[1] ^ key0;
    words[2] = high0 ^ words[3] ^ key1;
    words[1] = low1;
    words[3] = low0;
  }
}

/* From one vector a word to the order of the elements: w0 w1 w2 w3 of a counter side by side. */
INLINE void in_element_order(const V words[4], V elements[4]) {
  V even_low = zip_low(words[0], words[2]), odd_low = zip_low(words[1], words[3]);
  V even_high = zip_high(words[0], words[2]), odd_high = zip_high(words[1], words[3]);
  elements[0] = zip_low(even_low, odd_low);
  elements[1] = zip_high(even_low, odd_low);
  elements[2] = zip_low(even_high, odd_high);
  elements[3] = zip_high(even_high, odd_high);
}

/* Elements from … from+n−1 of a tensor; x and out point to the first of them, and may be the same. */
INLINE void drop_range(const DropoutMask *m, isize from, isize n, const float *x, float *out) {
  isize end = from + n;
  V factor = splat(m->factor);
  for (isize i = from & ~(isize)3; i < end; i += 4 * W) {
    VU words[4];
    philox((u32)(i / 4), m->stream, m->seed, words);
    V kept[4], mask[4];
    UNROLL for (int w = 0; w < 4; w++) kept[w] = (V)((VI)(words[w] >= m->threshold) & (VI)factor);
    in_element_order(kept, mask);
    if (i >= from && i + 4 * W <= end) {
      UNROLL for (int w = 0; w < 4; w++) store(out + i - from + w * W, load(x + i - from + w * W) * mask[w]);
    } else {
      for (isize j = max_i(i, from); j < min_i(i + 4 * W, end); j++)
        out[j - from] = x[j - from] * ((const float *)mask)[j - i];
    }
  }
}

static void dropout_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Dropout *t = args;
  isize from = index * DROPOUT_SPAN;
  drop_range(&t->mask, from, min_i(t->n - from, DROPOUT_SPAN), t->x + from, t->out + from);
}

KERNEL(bz_dropout)(Pool *pool, const float *x, float *out, isize n, u32 seed, u32 stream, u32 threshold,
                   float factor) {
  Dropout t = {x, out, n, {seed, stream, threshold, factor}};
  parallel_for(pool, ceil_div(n, DROPOUT_SPAN), dropout_task, &t);
}
