/*
 * x·Wᵀ for at most FEW rows of x, as generation needs it: dot products straight from the weight's rows, because packing
 * would cost more than the product. A few rows of W at a time, so that their sums do not wait for each other.
 *
 * NF4 rows are not put in order first: a vector of bytes holds W even and W odd values, so x is split into even and odd
 * ones once, and every byte is decoded in registers. The bound is then the memory that the weights are read from.
 */
#ifndef BZ_FEW_ROWS_H
#define BZ_FEW_ROWS_H
#include "pool.h"
#include "weights.h"

#define FEW 8
/* Rows of W that one task takes: a multiple of MOST_AT_ONCE. */
#define DOT_ROWS 32
#define MOST_AT_ONCE 4
/* Values of a row that are decoded at a time where they are not decoded in registers. */
#define DOT_K 1024

typedef struct {
  isize m, n, k;
  const float *x;
  isize ldx;
  Weight w;
  float *c;
  isize ldc;
  int accumulate;
  const float *bias;
  /* x with the even and the odd values of every 2 W apart; null where W is not read that way. */
  const float *split;
} FewRows;

/* sums[r][i] = row (row + r) of W · row i of x. */
INLINE void plain_dots(const FewRows *f, isize row, float *buffer, float *sums, const int m, const int r_count) {
  V acc[MOST_AT_ONCE * FEW];
  float tail[MOST_AT_ONCE * FEW] = {0};
  UNROLL for (int j = 0; j < r_count * m; j++) acc[j] = (V){0};
  for (isize k0 = 0; k0 < f->k; k0 += DOT_K) {
    isize depth = min_i(DOT_K, f->k - k0), k = 0;
    const float *w[MOST_AT_ONCE], *x = f->x + k0;
    UNROLL for (int r = 0; r < r_count; r++) w[r] = weight_row(&f->w, row + r, k0, depth, buffer + r * DOT_K);
    for (; k + W <= depth; k += W) {
      UNROLL for (int i = 0; i < m; i++) {
        V left = load(x + i * f->ldx + k);
        UNROLL for (int r = 0; r < r_count; r++) acc[r * m + i] = fma_v(left, load(w[r] + k), acc[r * m + i]);
      }
    }
    for (; k < depth; k++) {
      UNROLL for (int r = 0; r < r_count; r++) {
        UNROLL for (int i = 0; i < m; i++) tail[r * m + i] += x[i * f->ldx + k] * w[r][k];
      }
    }
  }
  UNROLL for (int j = 0; j < r_count * m; j++) sums[j] = sum_lanes(acc[j]) + tail[j];
}

#if NF4_SPLIT
/* The same where split is given. */
INLINE void nf4_dots(const FewRows *f, isize row, float *scales, float *sums, const int m, const int r_count) {
  isize blocks = f->k / f->w.block;
  /* For so few rows it is less work to scale the sum of a block than its values. */
  const int scale_sums = m <= 2;
  V acc[MOST_AT_ONCE * FEW];
  UNROLL for (int j = 0; j < r_count * m; j++) acc[j] = (V){0};
  block_scales(&f->w, row * blocks, r_count * blocks, scales);
  const u8 *packed = (const u8 *)f->w.data + row * f->k / 2;
  const float *x = f->split;
  for (isize b = 0; b < blocks; b++) {
    V factor[MOST_AT_ONCE];
    UNROLL for (int r = 0; r < r_count; r++) {
      factor[r] = splat(scales[r * blocks + b]);
      /* The next rows: too short for the processor to notice that they are read in order. */
      __builtin_prefetch(packed + (r + r_count) * (f->k / 2));
    }
    V part[MOST_AT_ONCE * FEW];
    UNROLL for (int j = 0; j < r_count * m; j++) part[j] = (V){0};
    for (isize at = 0; at < f->w.block; at += 2 * W, packed += W, x += 2 * W) {
      UNROLL for (int r = 0; r < r_count; r++) {
        V first, second;
        decode_split(packed + r * (f->k / 2), &first, &second);
        if (scale_sums) {
          UNROLL for (int i = 0; i < m; i++) {
            V sum = fma_v(first, load(x + i * f->k), part[r * m + i]);
            part[r * m + i] = fma_v(second, load(x + i * f->k + W), sum);
          }
          continue;
        }
        first *= factor[r];
        second *= factor[r];
        UNROLL for (int i = 0; i < m; i++) {
          V sum = fma_v(first, load(x + i * f->k), acc[r * m + i]);
          acc[r * m + i] = fma_v(second, load(x + i * f->k + W), sum);
        }
      }
    }
    UNROLL for (int r = 0; scale_sums && r < r_count; r++) {
      UNROLL for (int i = 0; i < m; i++) acc[r * m + i] = fma_v(part[r * m + i], factor[r], acc[r * m + i]);
    }
  }
  UNROLL for (int j = 0; j < r_count * m; j++) sums[j] = sum_lanes(acc[j]);
}

static const float *split_pairs(Pool *pool, const FewRows *f) {
  const Weight *w = &f->w;
  int fits = w->format == FORMAT_NF4 && w->columns == f->k && f->k % w->block == 0 && w->block % (2 * W) == 0 &&
             f->m * f->k * 4 <= pool->shared_bytes;
  if (!fits) return 0;
  float *out = (float *)pool->shared_scratch;
  for (isize i = 0; i < f->m; i++) {
    const float *x = f->x + i * f->ldx;
    for (isize k = 0; k < f->k; k += 2 * W) {
      UNROLL for (int j = 0; j < W; j++) {
        out[i * f->k + k + j] = x[k + 2 * j];
        out[i * f->k + k + W + j] = x[k + 2 * j + 1];
      }
    }
  }
  return out;
}
#endif

INLINE void few_dots(const FewRows *f, isize row, float *scratch, const int m, const int r_count) {
  float sums[MOST_AT_ONCE * FEW];
#if NF4_SPLIT
  if (f->split) nf4_dots(f, row, scratch, sums, m, r_count);
  else plain_dots(f, row, scratch, sums, m, r_count);
#else
  plain_dots(f, row, scratch, sums, m, r_count);
#endif
  for (int r = 0; r < r_count; r++) {
    for (int i = 0; i < m; i++) {
      float *c = f->c + i * f->ldc + row + r;
      *c = sums[r * m + i] + (f->accumulate ? *c : f->bias ? f->bias[row + r] : 0);
    }
  }
}

INLINE void few_rows(const FewRows *f, isize from, isize to, float *scratch, const int m, const int r_count) {
  isize row = from;
  for (; row + r_count <= to; row += r_count) few_dots(f, row, scratch, m, r_count);
  for (; row < to; row++) few_dots(f, row, scratch, m, 1);
}

static void few_rows_task(void *args, isize index, char *scratch) {
  FewRows *f = args;
  float *own = (float *)scratch;
  isize from = index * DOT_ROWS, to = min_i(f->n, from + DOT_ROWS);
  /* So many sums at once as there are registers for. */
  switch (f->m) {
  case 1: few_rows(f, from, to, own, 1, 4); break;
  case 2: few_rows(f, from, to, own, 2, 4); break;
  case 3: few_rows(f, from, to, own, 3, 2); break;
  case 4: few_rows(f, from, to, own, 4, 2); break;
  case 5: few_rows(f, from, to, own, 5, 1); break;
  case 6: few_rows(f, from, to, own, 6, 1); break;
  case 7: few_rows(f, from, to, own, 7, 1); break;
  default: few_rows(f, from, to, own, 8, 1); break;
  }
}

static void multiply_few_rows(Pool *pool, FewRows *f) {
#if NF4_SPLIT
  f->split = split_pairs(pool, f);
#endif
  parallel_for(pool, ceil_div(f->n, DOT_ROWS), few_rows_task, f);
}

#endif
