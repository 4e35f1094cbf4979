/*
 * The products of a LoRA update (Hu et al. 2021), y a tall matrix [T][N] and the rank small. With factor f:
 *   project: s[t][r] = f · Σ_n drop(y)[t][n] · p[r][n]           u = drop(x)·Aᵀ, du = scale · dOut·B
 *   expand:  y[t][n] += drop(f · Σ_r s[t][r] · p[r][n])          out += scale · u·Bᵀ, dX += mask ⊙ (du·A)
 *   collect: p[r][n] += Σ_t f · s[t][r] · drop(y)[t][n]          dA += duᵀ·drop(x), dBᵀ += scale · uᵀ·dOut
 * p lies with n along its rows: A as it is, B transposed. Nothing is packed and y is read once, because there are only a
 * few multiplications for every value of it. Every element of collect is one chain of multiply-adds over the tokens.
 */
#include "pool.h"

/* Rows of a register tile: so many sums as there are registers for. */
#if defined(BZ_AVX512) || defined(BZ_NEON)
#define LORA_ROWS 4
#else
#define LORA_ROWS 2
#endif
/* Columns of a strip: those of one round of Philox. */
#define STRIP_VECTORS 4
#define STRIP (STRIP_VECTORS * W)
/* Tokens of a task. */
#define PROJECT_TOKENS 4
#define EXPAND_TOKENS 32
/* What is worked on at a time, so that it stays in the caches and fits the scratch. */
#define PROJECT_COLUMNS 1024
#define COLLECT_TOKENS 256
#define RANK_BLOCK 256

typedef struct {
  isize tokens, rank, columns;
  float *y, *s, *p;
  float factor;
  DropoutMask mask;
} Lora;

/* acc[t·ranks + r] += Σ over n columns of y rows and p rows, W partial sums each. */
INLINE void project_tile(const float **y, const float *p, isize ld, isize n, V *acc, isize rank, const int r_count) {
  V sum[PROJECT_TOKENS * LORA_ROWS];
  UNROLL for (int t = 0; t < PROJECT_TOKENS; t++) {
    UNROLL for (int r = 0; r < r_count; r++) sum[t * r_count + r] = acc[t * rank + r];
  }
  for (isize k = 0; k < n; k += W) {
    V right[LORA_ROWS];
    UNROLL for (int r = 0; r < r_count; r++) right[r] = load(p + r * ld + k);
    UNROLL for (int t = 0; t < PROJECT_TOKENS; t++) {
      V left = load(y[t] + k);
      UNROLL for (int r = 0; r < r_count; r++) sum[t * r_count + r] = fma_v(left, right[r], sum[t * r_count + r]);
    }
  }
  UNROLL for (int t = 0; t < PROJECT_TOKENS; t++) {
    UNROLL for (int r = 0; r < r_count; r++) acc[t * rank + r] = sum[t * r_count + r];
  }
}

static void lora_project_task(void *args, isize index, char *scratch) {
  Lora *l = args;
  isize token = index * PROJECT_TOKENS, tokens = min_i(PROJECT_TOKENS, l->tokens - token);
  V *acc = (V *)scratch;
  float *rest = (float *)(acc + PROJECT_TOKENS * RANK_BLOCK), *dropped = rest + PROJECT_TOKENS * RANK_BLOCK;
  for (isize r0 = 0; r0 < l->rank; r0 += RANK_BLOCK) {
    isize rank = min_i(RANK_BLOCK, l->rank - r0);
    for (isize i = 0; i < PROJECT_TOKENS * rank; i++) acc[i] = (V){0}, rest[i] = 0;
    for (isize k0 = 0; k0 < l->columns; k0 += PROJECT_COLUMNS) {
      isize columns = min_i(PROJECT_COLUMNS, l->columns - k0), whole = columns / W * W;
      const float *y[PROJECT_TOKENS], *p = l->p + r0 * l->columns + k0;
      for (isize t = 0; t < PROJECT_TOKENS; t++) {
        /* Missing tokens repeat the last one; nobody reads their sums. */
        isize at = (token + min_i(t, tokens - 1)) * l->columns + k0;
        y[t] = l->y + at;
        if (!l->mask.threshold) continue;
        drop_range(&l->mask, at, columns, y[t], dropped + t * PROJECT_COLUMNS);
        y[t] = dropped + t * PROJECT_COLUMNS;
      }
      isize r = 0;
      for (; r + LORA_ROWS <= rank; r += LORA_ROWS)
        project_tile(y, p + r * l->columns, l->columns, whole, acc + r, rank, LORA_ROWS);
      for (; r < rank; r++) project_tile(y, p + r * l->columns, l->columns, whole, acc + r, rank, 1);
      for (isize t = 0; t < tokens && whole < columns; t++) {
        for (r = 0; r < rank; r++) {
          for (isize k = whole; k < columns; k++) rest[t * rank + r] += y[t][k] * p[r * l->columns + k];
        }
      }
    }
    for (isize t = 0; t < tokens; t++) {
      float *s = l->s + (token + t) * l->rank + r0;
      for (isize r = 0; r < rank; r++) s[r] = l->factor * (sum_lanes(acc[t * rank + r]) + rest[t * rank + r]);
    }
  }
}

/* `count` rows of `columns` ≤ STRIP values to rows of STRIP, zero behind. */
INLINE void copy_strip(const float *from, isize ld, isize count, isize columns, float *strip) {
  for (isize i = 0; i < count; i++, from += ld, strip += STRIP) {
    if (columns == STRIP) {
      UNROLL for (int v = 0; v < STRIP_VECTORS; v++) store(strip + v * W, load(from + v * W));
    } else {
      for (isize j = 0; j < STRIP; j++) strip[j] = j < columns ? from[j] : 0;
    }
  }
}

static void lora_expand_task(void *args, isize index, char *scratch) {
  Lora *l = args;
  isize first = index * EXPAND_TOKENS, end = min_i(l->tokens, first + EXPAND_TOKENS);
  float *strip = (float *)scratch, *tile = strip + RANK_BLOCK * STRIP;
  for (isize r0 = 0; r0 < l->rank; r0 += RANK_BLOCK) {
    isize rank = min_i(RANK_BLOCK, l->rank - r0);
    for (isize column = 0; column < l->columns; column += STRIP) {
      isize columns = min_i(STRIP, l->columns - column);
      copy_strip(l->p + r0 * l->columns + column, l->columns, rank, columns, strip);
      for (isize token = first; token < end; token += LORA_ROWS) {
        isize tokens = min_i(LORA_ROWS, end - token);
        const float *s[LORA_ROWS];
        V sum[LORA_ROWS][STRIP_VECTORS];
        UNROLL for (int t = 0; t < LORA_ROWS; t++) {
          s[t] = l->s + (token + min_i(t, tokens - 1)) * l->rank + r0;
          UNROLL for (int v = 0; v < STRIP_VECTORS; v++) sum[t][v] = (V){0};
        }
        for (isize r = 0; r < rank; r++) {
          V right[STRIP_VECTORS];
          UNROLL for (int v = 0; v < STRIP_VECTORS; v++) right[v] = load(strip + r * STRIP + v * W);
          UNROLL for (int t = 0; t < LORA_ROWS; t++) {
            V left = load_splat(s[t] + r);
            UNROLL for (int v = 0; v < STRIP_VECTORS; v++) sum[t][v] = fma_v(left, right[v], sum[t][v]);
          }
        }
        for (isize t = 0; t < tokens; t++) {
          isize at = (token + t) * l->columns + column, j = 0;
          float *y = l->y + at;
          for (isize v = 0; v < STRIP_VECTORS; v++) store(tile + v * W, sum[t][v] * splat(l->factor));
          if (l->mask.threshold) drop_range(&l->mask, at, columns, tile, tile);
          for (; j + W <= columns; j += W) store(y + j, load(y + j) + load(tile + j));
          for (; j < columns; j++) y[j] += tile[j];
        }
      }
    }
  }
}

static void lora_collect_task(void *args, isize index, char *scratch) {
  Lora *l = args;
  isize column = index * STRIP, columns = min_i(STRIP, l->columns - column);
  float *sums = (float *)scratch, *strip = sums + (RANK_BLOCK + LORA_ROWS) * STRIP;
  for (isize r0 = 0; r0 < l->rank; r0 += RANK_BLOCK) {
    isize rank = min_i(RANK_BLOCK, l->rank - r0);
    float *p = l->p + r0 * l->columns + column;
    copy_strip(p, l->columns, rank, columns, sums);
    for (isize first = 0; first < l->tokens; first += COLLECT_TOKENS) {
      isize tokens = min_i(COLLECT_TOKENS, l->tokens - first);
      const float *y = l->y + first * l->columns + column;
      copy_strip(y, l->columns, tokens, columns, strip);
      for (isize t = 0; t < tokens && l->mask.threshold; t++)
        drop_range(&l->mask, (first + t) * l->columns + column, columns, strip + t * STRIP, strip + t * STRIP);
      for (isize r = 0; r < rank; r += LORA_ROWS) {
        V sum[LORA_ROWS][STRIP_VECTORS];
        isize last = min_i(LORA_ROWS, rank - r) - 1;
        UNROLL for (int i = 0; i < LORA_ROWS; i++) {
          UNROLL for (int v = 0; v < STRIP_VECTORS; v++) sum[i][v] = load(sums + (r + i) * STRIP + v * W);
        }
        for (isize t = 0; t < tokens; t++) {
          const float *s = l->s + (first + t) * l->rank + r0 + r;
          V right[STRIP_VECTORS];
          UNROLL for (int v = 0; v < STRIP_VECTORS; v++) right[v] = load(strip + t * STRIP + v * W);
          UNROLL for (int i = 0; i < LORA_ROWS; i++) {
            V left = splat(l->factor * s[min_i(i, last)]);
            UNROLL for (int v = 0; v < STRIP_VECTORS; v++) sum[i][v] = fma_v(left, right[v], sum[i][v]);
          }
        }
        UNROLL for (int i = 0; i < LORA_ROWS; i++) {
          UNROLL for (int v = 0; v < STRIP_VECTORS; v++) store(sums + (r + i) * STRIP + v * W, sum[i][v]);
        }
      }
    }
    for (isize r = 0; r < rank; r++) __builtin_memcpy(p + r * l->columns, sums + r * STRIP, columns * 4);
  }
}

#define LORA_PARAMETERS                                                                                                \
  float *y, float *s, float *p, isize tokens, isize rank, isize columns, float factor, u32 seed, u32 stream,          \
      u32 threshold, float kept
#define LORA_ARGUMENTS                                                                                                 \
  {tokens, rank, columns, y, s, p, factor, {seed, stream, threshold, kept}}

KERNEL(bz_lora_project)(Pool *pool, LORA_PARAMETERS) {
  Lora l = LORA_ARGUMENTS;
  parallel_for(pool, ceil_div(tokens, PROJECT_TOKENS), lora_project_task, &l);
}
KERNEL(bz_lora_expand)(Pool *pool, LORA_PARAMETERS) {
  Lora l = LORA_ARGUMENTS;
  parallel_for(pool, ceil_div(tokens, EXPAND_TOKENS), lora_expand_task, &l);
}
KERNEL(bz_lora_collect)(Pool *pool, LORA_PARAMETERS) {
  Lora l = LORA_ARGUMENTS;
  parallel_for(pool, ceil_div(columns, STRIP), lora_collect_task, &l);
}

#define TRANSPOSE_ROWS 256

typedef struct {
  const float *source;
  float *out;
  isize rows, columns;
} Transpose;

static void transpose_task(void *args, isize index, char *scratch) {
  (void)scratch;
  Transpose *t = args;
  for (isize i = index * TRANSPOSE_ROWS; i < min_i(t->rows, (index + 1) * TRANSPOSE_ROWS); i++) {
    for (isize j = 0; j < t->columns; j++) t->out[j * t->rows + i] = t->source[i * t->columns + j];
  }
}
/* out[columns][rows] = sourceᵀ, for matrices as small as LoRA's. */
KERNEL(bz_transpose)(Pool *pool, const float *source, float *out, isize rows, isize columns) {
  Transpose t = {source, out, rows, columns};
  parallel_for(pool, ceil_div(rows, TRANSPOSE_ROWS), transpose_task, &t);
}
