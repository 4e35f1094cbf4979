/*
 * Gradients of attention.c, tile by tile, with the scores made again (Dao et al. 2022):
 * P = exp(scale·q·kᵀ − lse); dV = Pᵀ·dOut; dP = dOut·vᵀ; dS = scale · P ⊙ (dP − rowsum(dOut ⊙ out));
 * dQ = dS·k; dK = dSᵀ·q.
 *
 * A task is one key head of one sequence, with all query heads that share it: nothing is added across tasks. It goes
 * over tiles of keys, and for each over the tiles of queries that see them.
 */
#include "block-gemm.h"
#include "pool.h"
#include "vector-math.h"

typedef struct {
  Attention forward;
  const float *d_out;
  float *dq, *dk, *dv;
} AttentionBackward;

INLINE float dot(const float *a, const float *b, isize n) {
  V sum = (V){0};
  isize i = 0;
  for (; i + W <= n; i += W) sum = fma_v(load(a + i), load(b + i), sum);
  float rest = 0;
  for (; i < n; i++) rest += a[i] * b[i];
  return sum_lanes(sum) + rest;
}

/* Scratch of a task. */
typedef struct {
  float *left, *right, *keys_by_rows, *values_by_rows, *keys_by_columns, *scores, *d_scores, *buffer;
} Tiles;

INLINE float *take(char **at, isize floats) {
  float *p = (float *)*at;
  *at += round_up(floats * 4, 64);
  return p;
}

/* One tile of queries against one tile of keys: adds to dQ, dK, dV rows (given with their row strides). */
static void backward_tile(const AttentionBackward *t, const Tile *at, isize head, isize kv_head, isize start, Tiles *s) {
  const Attention *f = &t->forward;
  isize d = f->head_dim, q_row = f->heads * d, kv_row = f->kv_heads * d;
  isize q_at = (start + at->first_query) * q_row + head * d, k_at = (start + at->first_key) * kv_row + kv_head * d;
  const float *d_out = t->d_out + q_at, *out = f->out + q_at, *q = f->q + q_at;

  pack_left(q, q_row, 0, at->queries, d, s->left, s->buffer);
  scale_row(s->left, round_up(at->queries, MR) * d, f->scale);
  block_multiply(at->queries, at->keys, d, s->left, s->keys_by_rows, s->scores, BLOCK, 0);
  pack_left(d_out, q_row, 0, at->queries, d, s->left, s->buffer);
  block_multiply(at->queries, at->keys, d, s->left, s->values_by_rows, s->d_scores, BLOCK, 0);
  for (isize i = 0; i < at->queries; i++) {
    isize from, to;
    visible(at, i, &from, &to);
    float *p = s->scores + i * BLOCK, *ds = s->d_scores + i * BLOCK;
    exp_row(p, from, to, at->keys, f->lse[(start + at->first_query + i) * f->heads + head]);
    float mean = dot(d_out + i * q_row, out + i * q_row, d);
    /* A query that sees one key has P = 1 whatever its score: the gradient is 0, not a difference of two roundings. */
    int alone = at->first_query + i == 0 || at->window == 1;
    float factor = alone ? 0 : f->scale;
    for (isize j = 0; j < at->keys; j++) ds[j] = p[j] * (ds[j] - mean) * factor;
  }
  pack_left(s->scores, BLOCK, 1, at->keys, at->queries, s->left, s->buffer);
  pack_right(d_out, q_row, 0, at->queries, d, s->right, s->buffer);
  block_multiply(at->keys, d, at->queries, s->left, s->right, t->dv + k_at, kv_row, 1);
  pack_left(s->d_scores, BLOCK, 1, at->keys, at->queries, s->left, s->buffer);
  pack_right(q, q_row, 0, at->queries, d, s->right, s->buffer);
  block_multiply(at->keys, d, at->queries, s->left, s->right, t->dk + k_at, kv_row, 1);
  pack_left(s->d_scores, BLOCK, 0, at->queries, at->keys, s->left, s->buffer);
  block_multiply(at->queries, d, at->keys, s->left, s->keys_by_columns, t->dq + q_at, q_row, 1);
}

static void attention_backward_task(void *args, isize index, char *scratch) {
  AttentionBackward *t = args;
  const Attention *f = &t->forward;
  isize kv_head = index % f->kv_heads, sequence = index / f->kv_heads, d = f->head_dim;
  isize start = f->cu_seqlens[sequence], length = f->cu_seqlens[sequence + 1] - start;
  isize q_row = f->heads * d, kv_row = f->kv_heads * d, group = f->heads / f->kv_heads;
  char *at = scratch;
  Tiles s;
  s.left = take(&at, PACKED_FLOATS);
  s.right = take(&at, PACKED_FLOATS);
  s.keys_by_rows = take(&at, PACKED_FLOATS);
  s.values_by_rows = take(&at, PACKED_FLOATS);
  s.keys_by_columns = take(&at, PACKED_FLOATS);
  s.scores = take(&at, BLOCK * BLOCK);
  s.d_scores = take(&at, BLOCK * BLOCK);
  s.buffer = (float *)at;

  for (isize i = 0; i < length; i++) {
    __builtin_memset(t->dq + (start + i) * q_row + kv_head * group * d, 0, group * d * 4);
    __builtin_memset(t->dk + (start + i) * kv_row + kv_head * d, 0, d * 4);
    __builtin_memset(t->dv + (start + i) * kv_row + kv_head * d, 0, d * 4);
  }
  for (isize first_key = 0; first_key < length; first_key += BLOCK) {
    isize keys = min_i(BLOCK, length - first_key);
    const float *k = f->k + (start + first_key) * kv_row + kv_head * d;
    const float *v = f->v + (start + first_key) * kv_row + kv_head * d;
    pack_right(k, kv_row, 1, d, keys, s.keys_by_rows, s.buffer);
    pack_right(v, kv_row, 1, d, keys, s.values_by_rows, s.buffer);
    pack_right(k, kv_row, 0, keys, d, s.keys_by_columns, s.buffer);
    isize end = f->window > 0 ? min_i(length, first_key + keys - 1 + f->window) : length;
    for (isize head = kv_head * group; head < (kv_head + 1) * group; head++) {
      for (isize query = first_key; query < end; query += BLOCK) {
        Tile tile = {query, min_i(BLOCK, length - query), first_key, keys, f->window};
        backward_tile(t, &tile, head, kv_head, start, &s);
      }
    }
  }
}

KERNEL(bz_attention_backward)(Pool *pool, const float *q, const float *k, const float *v, const float *out,
                              const float *lse, const float *d_out, float *dq, float *dk, float *dv, isize heads,
                              isize kv_heads, isize head_dim, float scale, const i32 *cu_seqlens, isize batch,
                              isize window) {
  AttentionBackward t = {.forward = {.q = q, .k = k, .v = v, .out = (float *)out, .lse = (float *)lse, .heads = heads,
                                     .kv_heads = kv_heads, .head_dim = head_dim, .batch = batch, .window = window,
                                     .scale = scale, .cu_seqlens = cu_seqlens},
                         .d_out = d_out, .dq = dq, .dk = dk, .dv = dv};
  parallel_for(pool, batch * kv_heads, attention_backward_task, &t);
}
