/*
 * Attention of new tokens over a KV cache: row n of q sees rows 0 … positions[n] of slot slots[n] (the last `window`).
 * A task is one row and one key head, for all query heads that share it, by dot products: two passes over the keys of a
 * chunk (scores, then values), running softmax over chunks.
 */
#include "pool.h"
#include "vector-math.h"

#define CHUNK 256

typedef struct {
  const float *q, *k, *v;
  float *out;
  const i32 *slots, *positions;
  isize heads, kv_heads, head_dim, capacity, window;
  float scale;
} CachedAttention;

/* sum[j] += factor · row[j]. */
INLINE void add_scaled(float *sum, const float *row, isize n, float factor) {
  isize j = 0;
  V f = splat(factor);
  for (; j + W <= n; j += W) store(sum + j, fma_v(load(row + j), f, load(sum + j)));
  for (; j < n; j++) sum[j] += row[j] * factor;
}

static void cached_attention_task(void *args, isize index, char *scratch) {
  CachedAttention *t = args;
  isize n = index / t->kv_heads, kv_head = index % t->kv_heads, d = t->head_dim;
  isize kv_row = t->kv_heads * d, group = t->heads / t->kv_heads;
  isize position = t->positions[n], first = t->window > 0 ? max_i(0, position + 1 - t->window) : 0;
  isize base = (isize)t->slots[n] * t->capacity * kv_row + kv_head * d;
  float *scores = (float *)scratch, *sum = scores + CHUNK;
  for (isize head = kv_head * group; head < (kv_head + 1) * group; head++) {
    const float *q = t->q + (n * t->heads + head) * d;
    float most = MASKED, total = 0;
    for (isize j = 0; j < d; j++) sum[j] = 0;
    for (isize key = first; key <= position; key += CHUNK) {
      isize keys = min_i(CHUNK, position + 1 - key);
      const float *k = t->k + base + key * kv_row, *v = t->v + base + key * kv_row;
      for (isize j = 0; j < keys; j++) scores[j] = t->scale * dot(q, k + j * kv_row, d);
      float best = max_row(scores, 0, keys);
      best = best > most ? best : most;
      float shrink = exp_1(most - best);
      most = best;
      total = total * shrink + exp_row(scores, 0, keys, keys, best);
      if (shrink != 1) scale_row(sum, d, shrink);
      for (isize j = 0; j < keys; j++) add_scaled(sum, v + j * kv_row, d, scores[j]);
    }
    float *out = t->out + (n * t->heads + head) * d, inverse = 1 / total;
    for (isize j = 0; j < d; j++) out[j] = sum[j] * inverse;
  }
}

KERNEL(bz_cached_attention)(Pool *pool, const float *q, const float *k, const float *v, float *out, const i32 *slots,
                            const i32 *positions, isize rows, isize heads, isize kv_heads, isize head_dim,
                            isize capacity, float scale, isize window) {
  CachedAttention t = {q, k, v, out, slots, positions, heads, kv_heads, head_dim, capacity, window, scale};
  parallel_for(pool, rows * kv_heads, cached_attention_task, &t);
}
