/*
 * NF4 quantisation (Dettmers et al. 2023) of flattened values: absmax of each block; scaled = x · float32(1/absmax) in
 * full blocks, x / absmax in a partial last one; nibble = number of midpoints that the scaled value exceeds; an all-zero
 * block has absmax 0 and nibbles 7, and so has the padding of an odd count. And the dense values again. Second-level quantisation of absmax is done on the host.
 */
#include "pool.h"
#include "weights.h"

#define QUANTIZE_BLOCKS 64
#define DEQUANTIZE_SPAN 16384

typedef struct {
  const float *x;
  isize n, block;
  u8 *packed;
  float *absmax, *out;
  Weight weight;
} Nf4;

INLINE u8 nibble_of(float scaled) {
  u8 nibble = 0;
  UNROLL for (int i = 0; i < 15; i++) nibble += scaled > (nf4_code[i] + nf4_code[i + 1]) * 0.5f;
  return nibble;
}

/* Blocks are even numbers of values, so no byte is shared between tasks. */
static void nf4_quantize_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Nf4 *t = args;
  isize blocks = ceil_div(t->n, t->block);
  for (isize b = index * QUANTIZE_BLOCKS; b < min_i(blocks, (index + 1) * QUANTIZE_BLOCKS); b++) {
    isize from = b * t->block, size = min_i(t->block, t->n - from);
    const float *x = t->x + from;
    float most = 0;
    for (isize i = 0; i < size; i++) {
      float magnitude = __builtin_fabsf(x[i]);
      /* A NaN stays. */
      if (most == most && !(magnitude <= most)) most = magnitude;
    }
    t->absmax[b] = most;
    float reciprocal = 1 / most;
    for (isize i = 0; i < size; i += 2) {
      u8 pair[2] = {7, 7};
      for (isize j = 0; j < min_i(2, size - i) && most != 0; j++)
        pair[j] = nibble_of(size == t->block ? x[i + j] * reciprocal : x[i + j] / most);
      t->packed[(from + i) / 2] = (u8)(pair[0] << 4 | pair[1]);
    }
  }
}
KERNEL(bz_nf4_quantize)(Pool *pool, const float *x, isize n, isize block, u8 *packed, float *absmax) {
  Nf4 t = {.x = x, .n = n, .block = block, .packed = packed, .absmax = absmax};
  parallel_for(pool, ceil_div(ceil_div(n, block), QUANTIZE_BLOCKS), nf4_quantize_task, &t);
}

static void nf4_dequantize_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Nf4 *t = args;
  isize from = index * DEQUANTIZE_SPAN;
  nf4_range(&t->weight, from, min_i(DEQUANTIZE_SPAN, t->n - from), t->out + from);
}
KERNEL(bz_nf4_dequantize)(Pool *pool, float *out, isize n, WEIGHT_PARAMETERS) {
  Nf4 t = {.n = n, .out = out, .weight = WEIGHT_ARGUMENTS};
  parallel_for(pool, ceil_div(n, DEQUANTIZE_SPAN), nf4_dequantize_task, &t);
}
