/*
 * x·Wᵀ for at most FEW rows of x, as generation needs it: dot products straight from the weight's rows, because packing
 * would cost more than the product. A few rows of W at a time, so that their sums do not wait for each other.
 *
 * NF4 rows are not put in order first: a vector of bytes holds W even and W odd values, so x is split into even and odd
 * ones once, and every byte is decoded in registers.
 */
#ifndef BZ_FEW_ROWS_H
#define BZ_FEW_ROWS_H
#include "pool.h"
#include "weights.h"

#define FEW 8
/* Rows of W that one task takes: a multiple of all numbers of rows that are read side by side. */
#define DOT_ROWS 48
#define MOST_AT_ONCE 4
/*
 * NF4's rows that are read side by side, as many as there are registers for their sums: from 2 rows of x on the bound is
 * reading x. One row of x is bound by the memory that W lies in, which is read fastest in order: there they come one by one.
 */
#if defined(BZ_AVX512)
#define NF4_ROWS_OF_4 4
#define NF4_ROWS_OF_8 3
#else
#define NF4_ROWS_OF_4 2
#define NF4_ROWS_OF_8 1
#endif
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
/*
 * The same where split is given; scales[r] stands at row + r. The sum of a block is scaled, or its values where that is
 * less work.
 */
INLINE void nf4_dots(const FewRows *f, isize row, ScaleReader *scales, float *sums, const int m, const int r_count) {
  const int scale_sums = m <= 2;
  V acc[MOST_AT_ONCE * FEW], part[MOST_AT_ONCE * FEW], factor[MOST_AT_ONCE];
  UNROLL for (int j = 0; j < r_count * m; j++) acc[j] = (V){0};
  const isize stride = f->k / 2;
  const u8 *packed = (const u8 *)f->w.data + row * stride, *end = packed + stride;
  const float *x = f->split;
  while (packed < end) {
    UNROLL for (int r = 0; r < r_count; r++) {
      factor[r] = splat(next_scale(scales + r));
      /* Rows that are read side by side are too short for the processor to see what comes next. */
      if (r_count > 1) __builtin_prefetch(packed + (r + r_count) * stride);
    }
    UNROLL for (int j = 0; j < r_count * m; j++) part[j] = (V){0};
    for (isize at = 0; at < f->w.block; at += 2 * W, packed += W, x += 2 * W) {
      UNROLL for (int r = 0; r < r_count; r++) {
        V first, second;
        decode_split(packed + r * stride, &first, &second);
        if (!scale_sums) first *= factor[r], second *= factor[r];
        V *to = (scale_sums ? part : acc) + r * m;
        UNROLL for (int i = 0; i < m; i++) {
          V sum = fma_v(first, load(x + i * f->k), to[i]);
          to[i] = fma_v(second, load(x + i * f->k + W), sum);
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

INLINE void put_sums(const FewRows *f, isize row, const float *sums, const int m, const int r_count) {
  for (int r = 0; r < r_count; r++) {
    for (int i = 0; i < m; i++) {
      float *c = f->c + i * f->ldc + row + r;
      *c = sums[r * m + i] + (f->accumulate ? *c : f->bias ? f->bias[row + r] : 0);
    }
  }
}

/* Rows [row, to): r_count at a time, and what is left one by one. Gives the row after the last. */
INLINE isize plain_rows(const FewRows *f, isize row, isize to, float *buffer, const int m, const int r_count) {
  float sums[MOST_AT_ONCE * FEW];
  for (; row + r_count <= to; row += r_count) {
    plain_dots(f, row, buffer, sums, m, r_count);
    put_sums(f, row, sums, m, r_count);
  }
  return row;
}

#if NF4_SPLIT
INLINE isize nf4_rows(const FewRows *f, isize row, isize to, const int m, const int r_count) {
  float sums[MOST_AT_ONCE * FEW];
  ScaleReader scales[MOST_AT_ONCE];
  isize blocks = f->k / f->w.block;
  if (r_count == 1) scales[0] = scales_from(&f->w, row * blocks);
  for (; row + r_count <= to; row += r_count) {
    UNROLL for (int r = 0; r_count > 1 && r < r_count; r++) scales[r] = scales_from(&f->w, (row + r) * blocks);
    nf4_dots(f, row, scales, sums, m, r_count);
    put_sums(f, row, sums, m, r_count);
  }
  return row;
}
#endif

INLINE void few_rows(const FewRows *f, isize row, isize to, float *buffer, const int m, const int plain, const int nf4) {
#if NF4_SPLIT
  if (f->split) {
    row = nf4_rows(f, row, to, m, nf4);
    nf4_rows(f, row, to, m, 1);
    return;
  }
#endif
  (void)nf4;
  row = plain_rows(f, row, to, buffer, m, plain);
  plain_rows(f, row, to, buffer, m, 1);
}

static void few_rows_task(void *args, isize index, char *scratch) {
  FewRows *f = args;
  float *own = (float *)scratch;
  isize from = index * DOT_ROWS, to = min_i(f->n, from + DOT_ROWS);
  switch (f->m) {
  case 1: few_rows(f, from, to, own, 1, 4, 1); break;
  case 2: few_rows(f, from, to, own, 2, 4, 4); break;
  case 3: few_rows(f, from, to, own, 3, 2, NF4_ROWS_OF_4); break;
  case 4: few_rows(f, from, to, own, 4, 2, NF4_ROWS_OF_4); break;
  case 5: few_rows(f, from, to, own, 5, 1, NF4_ROWS_OF_8); break;
  case 6: few_rows(f, from, to, own, 6, 1, NF4_ROWS_OF_8); break;
  case 7: few_rows(f, from, to, own, 7, 1, NF4_ROWS_OF_8); break;
  default: few_rows(f, from, to, own, 8, 1, NF4_ROWS_OF_8); break;
  }
}

static void multiply_few_rows(Pool *pool, FewRows *f) {
#if NF4_SPLIT
  f->split = split_pairs(pool, f);
#endif
  parallel_for(pool, ceil_div(f->n, DOT_ROWS), few_rows_task, f);
}

#endif
