/*
 * Causal attention inside packed sequences, by tiles with a running softmax (Dao et al. 2022, FlashAttention):
 * out = softmax(scale · q·kᵀ + mask)·v; lse = log Σ exp. Scores exist one tile at a time.
 *
 * A task is one tile of BLOCK queries of one head of one sequence. For each tile of keys: S = scale·Q·Kᵀ;
 * m' = max(m, rowmax S); P = exp(S − m'); l = l·exp(m − m') + rowsum P; O = O·exp(m − m') + P·V. At the end out = O/l and
 * lse = m + log l. With a window, key j is seen by query i when i − window < j ≤ i.
 */
#include "block-gemm.h"
#include "pool.h"
#include "vector-math.h"

/* Below every score; exp of it is 0, and differences of it stay finite. */
#define MASKED -1e30f

typedef struct {
  const float *q, *k, *v;
  float *out, *lse;
  isize heads, kv_heads, head_dim, batch, tiles, window;
  float scale;
  const i32 *cu_seqlens;
} Attention;

/* The tile of scores that a task works on, in positions of its sequence. */
typedef struct {
  isize first_query, queries, first_key, keys, window;
} Tile;

/* Keys that query row `i` of the tile sees, relative to the tile: [from, to). */
INLINE void visible(const Tile *t, isize i, isize *from, isize *to) {
  isize query = t->first_query + i;
  isize first = t->window > 0 ? query - t->window + 1 : 0;
  *to = min_i(max_i(query + 1 - t->first_key, 0), t->keys);
  *from = min_i(max_i(first - t->first_key, 0), *to);
}

/* row[j] = exp(row[j] − shift) inside [from, to), 0 elsewhere up to `keys`; returns the sum. */
INLINE float exp_row(float *row, isize from, isize to, isize keys, float shift) {
  for (isize j = 0; j < from; j++) row[j] = 0;
  V sum = (V){0}, minus = splat(shift);
  isize j = from;
  for (; j + W <= to; j += W) {
    V e = exp_v(load(row + j) - minus);
    store(row + j, e);
    sum += e;
  }
  float rest = 0;
  for (; j < to; j++) {
    row[j] = exp_1(row[j] - shift);
    rest += row[j];
  }
  for (; j < keys; j++) row[j] = 0;
  return sum_lanes(sum) + rest;
}

INLINE float max_row(const float *row, isize from, isize to) {
  V most = splat(MASKED);
  isize j = from;
  for (; j + W <= to; j += W) most = max_v(most, load(row + j));
  float best = max_lanes(most);
  for (; j < to; j++) best = row[j] > best ? row[j] : best;
  return best;
}

INLINE void scale_row(float *row, isize n, float factor) {
  isize j = 0;
  for (; j + W <= n; j += W) store(row + j, load(row + j) * splat(factor));
  for (; j < n; j++) row[j] *= factor;
}

/* A tile of queries of one head, and the keys and values that it may see: row strides in floats. */
typedef struct {
  const float *q, *k, *v;
  float *out, *lse;
  isize q_row, kv_row, lse_row, first_query, queries, head_dim, window;
  float scale;
} QueryTile;

/* Keys 0 … of k belong to positions 0 …; lse may be null. */
static void attend(const QueryTile *t, char *scratch) {
  isize d = t->head_dim, queries = t->queries, end = t->first_query + queries;
  float *left = (float *)scratch, *right = left + PACKED_FLOATS, *scores = right + PACKED_FLOATS;
  float *probabilities = scores + BLOCK * BLOCK, *sum = probabilities + PACKED_FLOATS;
  float *buffer = sum + BLOCK * MAX_HEAD_DIM;
  float most[BLOCK], total[BLOCK];
  for (isize i = 0; i < queries; i++) most[i] = MASKED, total[i] = 0;
  for (isize i = 0; i < queries * d; i++) sum[i] = 0;
  pack_left(t->q, t->q_row, 0, queries, d, left, buffer);
  scale_row(left, round_up(queries, MR) * d, t->scale);

  isize oldest = t->window > 0 ? max_i(0, t->first_query - t->window + 1) : 0;
  for (isize first_key = oldest / BLOCK * BLOCK; first_key < end; first_key += BLOCK) {
    Tile at = {t->first_query, queries, first_key, min_i(BLOCK, end - first_key), t->window};
    pack_right(t->k + first_key * t->kv_row, t->kv_row, 1, d, at.keys, right, buffer);
    block_multiply(queries, at.keys, d, left, right, scores, BLOCK, 0);
    for (isize i = 0; i < queries; i++) {
      isize from, to;
      visible(&at, i, &from, &to);
      float *row = scores + i * BLOCK, best = max_row(row, from, to);
      best = best > most[i] ? best : most[i];
      float shrink = exp_1(most[i] - best);
      most[i] = best;
      total[i] = total[i] * shrink + exp_row(row, from, to, at.keys, best);
      if (shrink != 1) scale_row(sum + i * d, d, shrink);
    }
    pack_left(scores, BLOCK, 0, queries, at.keys, probabilities, buffer);
    pack_right(t->v + first_key * t->kv_row, t->kv_row, 0, at.keys, d, right, buffer);
    block_multiply(queries, d, at.keys, probabilities, right, sum, d, 1);
  }

  for (isize i = 0; i < queries; i++) {
    float *out = t->out + i * t->q_row, inverse = 1 / total[i];
    for (isize j = 0; j < d; j++) out[j] = sum[i * d + j] * inverse;
    if (t->lse) t->lse[i * t->lse_row] = most[i] + log_1(total[i]);
  }
}

static void attention_task(void *args, isize index, char *scratch) {
  Attention *t = args;
  isize head = index % t->heads, tile = index / t->heads % t->tiles, sequence = index / t->heads / t->tiles;
  isize start = t->cu_seqlens[sequence], length = t->cu_seqlens[sequence + 1] - start, d = t->head_dim;
  /* The longest rows first: they end last. */
  isize first_query = (t->tiles - 1 - tile) * BLOCK;
  if (first_query >= length) return;
  isize q_row = t->heads * d, kv_row = t->kv_heads * d;
  isize q_at = (start + first_query) * q_row + head * d;
  isize kv_at = start * kv_row + head * t->kv_heads / t->heads * d;
  QueryTile own = {t->q + q_at, t->k + kv_at, t->v + kv_at, t->out + q_at,
                   t->lse + (start + first_query) * t->heads + head, q_row, kv_row, t->heads, first_query,
                   min_i(BLOCK, length - first_query), d, t->window, t->scale};
  attend(&own, scratch);
}

KERNEL(bz_attention)(Pool *pool, const float *q, const float *k, const float *v, float *out, float *lse, isize heads,
                     isize kv_heads, isize head_dim, float scale, const i32 *cu_seqlens, isize batch,
                     isize max_seqlen, isize window) {
  Attention t = {.q = q, .k = k, .v = v, .out = out, .lse = lse, .heads = heads, .kv_heads = kv_heads,
                 .head_dim = head_dim, .batch = batch, .tiles = ceil_div(max_seqlen, BLOCK), .window = window,
                 .scale = scale, .cu_seqlens = cu_seqlens};
  parallel_for(pool, batch * t.tiles * heads, attention_task, &t);
}
