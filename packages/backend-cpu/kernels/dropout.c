/*
 * Inverted dropout with Philox4x32-10 (Salmon et al. 2011): element i takes word i mod 4 of counter (⌊i/4⌋, stream, 0, 0)
 * under key (seed, 0), is kept when that is ≥ threshold, and multiplied by `factor`. Lanes are W counters at a time.
 */
#include "pool.h"

#define DROPOUT_SPAN 8192
#define LANES 16

typedef struct {
  const float *x;
  float *out;
  isize n;
  u32 seed, stream, threshold;
  float factor;
} Dropout;

/* Words of counters first … first+LANES−1: words[w][lane]. */
static void philox(u32 first, u32 stream, u32 seed, u32 words[4][LANES]) {
  for (int lane = 0; lane < LANES; lane++) words[0][lane] = first + (u32)lane, words[1][lane] = stream, words[2][lane] = 0, words[3][lane] = 0;
  u32 key0 = seed, key1 = 0;
  for (int round = 0; round < 10; round++, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u) {
    for (int lane = 0; lane < LANES; lane++) {
      u64 a = (u64)0xD2511F53u * words[0][lane], b = (u64)0xCD9E8D57u * words[2][lane];
      u32 c0 = (u32)(b >> 32) ^ words[1][lane] ^ key0, c2 = (u32)(a >> 32) ^ words[3][lane] ^ key1;
      words[0][lane] = c0, words[1][lane] = (u32)b, words[2][lane] = c2, words[3][lane] = (u32)a;
    }
  }
}

static void dropout_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Dropout *t = args;
  isize end = min_i(t->n, (index + 1) * DROPOUT_SPAN);
  u32 words[4][LANES];
  for (isize i = index * DROPOUT_SPAN; i < end; i += 4 * LANES) {
    philox((u32)(i / 4), t->stream, t->seed, words);
    for (isize j = 0; j < min_i(4 * LANES, end - i); j++)
      t->out[i + j] = words[j & 3][j >> 2] >= t->threshold ? t->x[i + j] * t->factor : 0;
  }
}

KERNEL(bz_dropout)(Pool *pool, const float *x, float *out, isize n, u32 seed, u32 stream, u32 threshold,
                   float factor) {
  Dropout t = {x, out, n, seed, stream, threshold, factor};
  parallel_for(pool, ceil_div(n, DROPOUT_SPAN), dropout_task, &t);
}
