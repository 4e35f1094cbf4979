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

/* Nibbles of `size` scaled values, two a byte; an odd count is padded with 7. */
INLINE void pack_nibbles(const float *scaled, isize size, u8 *packed) {
  for (isize i = 0; i < size; i += W) {
    float part[W] ALIGNED;
    for (isize j = 0; j < W; j++) part[j] = i + j < size ? scaled[i + j] : 0;
    V values = load(part);
    VI count = {0};
    UNROLL for (int c = 0; c < 15; c++) count -= values > splat((nf4_code[c] + nf4_code[c + 1]) * 0.5f);
    for (isize j = 0; j < min_i(W, size - i); j += 2) packed[(i + j) / 2] = (u8)(count[j] << 4 | count[j + 1]);
  }
}

/* Blocks are even numbers of values, so no byte is shared between tasks. */
static void nf4_quantize_task(void *args, isize index, char *scratch) {
  Nf4 *t = args;
  isize blocks = ceil_div(t->n, t->block);
  for (isize b = index * QUANTIZE_BLOCKS; b < min_i(blocks, (index + 1) * QUANTIZE_BLOCKS); b++) {
    isize from = b * t->block, size = min_i(t->block, t->n - from);
    const float *x = t->x + from;
    float most = 0, broken = 0;
    for (isize i = 0; i < size; i++) {
      float magnitude = __builtin_fabsf(x[i]);
      most = magnitude > most ? magnitude : most;
      /* 0, and NaN for a NaN or an infinity. */
      broken += x[i] * 0.0f;
    }
    /* A NaN among the values stays visible in absmax; an infinity is its own absmax. */
    if (broken != broken && most < __builtin_inff()) most = broken;
    t->absmax[b] = most;
    /* A partial last block divides, and an all-zero one is zeros: nibble 7. */
    float *scaled = (float *)scratch, reciprocal = 1 / most;
    if (most == 0) {
      for (isize i = 0; i < size; i++) scaled[i] = 0;
    } else if (size == t->block) {
      for (isize i = 0; i < size; i++) scaled[i] = x[i] * reciprocal;
    } else {
      for (isize i = 0; i < size; i++) scaled[i] = x[i] / most;
    }
    pack_nibbles(scaled, size, t->packed + from / 2);
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
