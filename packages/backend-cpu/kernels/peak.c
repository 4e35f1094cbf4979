/*
 * The machine's own limit, for benchmarks: the GEMM tile on operands that stay in L1, `rounds` times KC words on every
 * thread. Flops: threads · rounds · KC · MR · NR · 2 (twice that in bf16). The tile's size goes to shape[0..1].
 */
#include "micro-kernel.h"
#include "pool.h"

typedef struct {
  isize rounds, bf16;
} Peak;

#define PEAK_WORDS 128

static void peak_task(void *args, isize index, char *scratch) {
  (void)index;
  Peak *t = args;
  float *a = (float *)scratch, *b = a + PEAK_WORDS * MR, *c = b + PEAK_WORDS * NR;
  for (isize i = 0; i < PEAK_WORDS * (MR + NR) + MR * NR; i++) a[i] = 0;
  for (isize r = 0; r < t->rounds; r++) multiply_panels(MR, NR, PEAK_WORDS, a, 0, b, c, NR, ADD, 0, (int)t->bf16);
}

KERNEL(bz_peak)(Pool *pool, isize rounds, isize bf16, i32 *shape) {
  Peak t = {rounds, HAS_BF16 && bf16};
  shape[0] = MR, shape[1] = NR, shape[2] = t.bf16 ? 2 * PEAK_WORDS : PEAK_WORDS;
  parallel_for(pool, pool->threads, peak_task, &t);
}
