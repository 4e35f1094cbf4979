/*
 * Attention of new tokens over a KV cache: row n of q sees rows 0 … positions[n] of slot slots[n] (the last `window`).
 *
 * Rows come in runs: consecutive rows of one slot at consecutive positions, at most BLOCK (a prompt, or one new token).
 * A task is one run and one key head, with all query heads that share it. A run of several rows goes through the tiles of
 * attention.c; single rows take dot products: two passes over the keys of a chunk (scores, then values), with a running
 * softmax over chunks.
 */
#include "pool.h"
#include "vector-math.h"

#define CHUNK 256

typedef struct {
  const float *q, *k, *v;
  float *out;
  /* Of each run: its first row, its number of rows, its slot and its first position. */
  const i32 *runs;
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

/* One row of one head. */
static void attend_row(const CachedAttention *t, const float *q, const float *k, const float *v, float *out,
                       isize position, float *scores) {
  isize d = t->head_dim, kv_row = t->kv_heads * d;
  isize first = t->window > 0 ? max_i(0, position + 1 - t->window) : 0;
  float *sum = scores + CHUNK, most = MASKED, total = 0;
  for (isize j = 0; j < d; j++) sum[j] = 0;
  for (isize key = first; key <= position; key += CHUNK) {
    isize keys = min_i(CHUNK, position + 1 - key);
    for (isize j = 0; j < keys; j++) scores[j] = t->scale * dot(q, k + (key + j) * kv_row, d);
    float best = max_row(scores, 0, keys);
    best = best > most ? best : most;
    float shrink = exp_1(most - best);
    most = best;
    total = total * shrink + exp_row(scores, 0, keys, keys, best);
    if (shrink != 1) scale_row(sum, d, shrink);
    for (isize j = 0; j < keys; j++) add_scaled(sum, v + (key + j) * kv_row, d, scores[j]);
  }
  float inverse = 1 / total;
  for (isize j = 0; j < d; j++) out[j] = sum[j] * inverse;
}

/* Rows from which a tile is faster than dot products. */
#define TILE_ROWS 4

static void cached_attention_task(void *args, isize index, char *scratch) {
  CachedAttention *t = args;
  const i32 *run = t->runs + index / t->kv_heads * 4;
  isize row = run[0], rows = run[1], slot = run[2], position = run[3];
  isize kv_head = index % t->kv_heads, d = t->head_dim, q_row = t->heads * d, kv_row = t->kv_heads * d;
  isize group = t->heads / t->kv_heads, base = slot * t->capacity * kv_row + kv_head * d;
  for (isize head = kv_head * group; head < (kv_head + 1) * group; head++) {
    isize q_at = row * q_row + head * d;
    if (rows >= TILE_ROWS) {
      QueryTile own = {t->q + q_at, t->k + base, t->v + base, t->out + q_at, 0, q_row, kv_row, 0, position, rows, d,
                       t->window, t->scale};
      attend(&own, scratch);
      continue;
    }
    for (isize i = 0; i < rows; i++)
      attend_row(t, t->q + q_at + i * q_row, t->k + base, t->v + base, t->out + q_at + i * q_row, position + i,
                 (float *)scratch);
  }
}

KERNEL(bz_cached_attention)(Pool *pool, const float *q, const float *k, const float *v, float *out, const i32 *runs,
                            isize run_count, isize heads, isize kv_heads, isize head_dim, isize capacity, float scale,
                            isize window) {
  CachedAttention t = {q, k, v, out, runs, heads, kv_heads, head_dim, capacity, window, scale};
  parallel_for(pool, run_count * kv_heads, cached_attention_task, &t);
}
