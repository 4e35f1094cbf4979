/*
 * x·Wᵀ for at most FEW rows of x, as generation needs it: dot products straight from the weight's rows, because packing
 * would cost more than the product. A few rows of W at a time, so that their sums do not wait for each other.
 *
 * NF4 rows are not put in order first: a vector of bytes holds W even and W odd values, so x is split into even and odd
 * ones once, and every byte is decoded in registers.
 */
#ifndef BZ_FEW_ROWS_H
#define BZ_FEW_ROWS_H
#include "pack.h"
#include "pool.h"

#define FEW 8
/* Rows of W that one task takes: a multiple of all numbers of rows that are read side by side. */
#define DOT_ROWS 48
#define MOST_AT_ONCE 4
/*
 * NF4's rows that are read side by side, as many as there are registers for their sums: the bound is reading x. Only one row of
 * x in bf16, when it is not long, is bound by the memory that W lies in, which is read fastest in order: there they come one by one.
 */
#define LONG_ROW 6144
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
  /* Operands may be rounded to bf16. */
  int bf16;
  /* x in bf16, in the order in which W's nibbles are decoded there; null where W is not read that way. */
  const u16 *halves;
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

#if HAS_BF16
/* Values of 64 bytes: two blocks of 64. */
#define HALF_GROUP 128

/*
 * The same with bf16 operands, half the work: 64 bytes are 32 words of four nibbles, and nibble n of all words is decoded by one
 * shift and one look-up in a table of 32 halves, which looks at five bits; so the table stands there twice.
 */
INLINE void half_dots(const FewRows *f, isize row, ScaleReader *scales, float *sums, const int m, const int r_count) {
  u16 codes[32] ALIGNED;
  UNROLL for (int c = 0; c < 32; c++) codes[c] = to_bf16(nf4_code[c & 15]);
  const __m512i table = _mm512_load_si512(codes);
  const isize stride = f->k / 2, padded = round_up(f->k, HALF_GROUP);
  const u8 *packed = (const u8 *)f->w.data + row * stride;
  const u16 *x = f->halves;
  V acc[MOST_AT_ONCE * FEW], part[MOST_AT_ONCE * FEW];
  UNROLL for (int j = 0; j < r_count * m; j++) acc[j] = (V){0};
  for (isize k = 0; k < f->k; k += HALF_GROUP, packed += HALF_GROUP / 2, x += HALF_GROUP) {
    /* A last block without its neighbour. */
    const int whole = k + HALF_GROUP <= f->k;
    UNROLL for (int r = 0; r < r_count; r++) {
      const u8 *at = packed + r * stride;
      __m512i bytes = _mm512_maskz_loadu_epi32(whole ? 0xffff : 0xff, at);
      if (r_count > 1) __builtin_prefetch(at + r_count * stride);
      UNROLL for (int i = 0; i < m; i++) part[r * m + i] = (V){0};
      UNROLL for (int n = 0; n < 4; n++) {
        __m512bh w = (__m512bh)_mm512_permutexvar_epi16(_mm512_srli_epi16(bytes, 4 * n), table);
        UNROLL for (int i = 0; i < m; i++) {
          __m512bh with = (__m512bh)_mm512_loadu_si512(x + i * padded + 32 * n);
          part[r * m + i] = (V)_mm512_dpbf16_ps((__m512)part[r * m + i], w, with);
        }
      }
      float first = next_scale(scales + r), second = whole ? next_scale(scales + r) : 0;
      V factor = (V)_mm512_mask_blend_ps(0xff00, _mm512_set1_ps(first), _mm512_set1_ps(second));
      UNROLL for (int i = 0; i < m; i++) acc[r * m + i] = fma_v(part[r * m + i], factor, acc[r * m + i]);
    }
  }
  UNROLL for (int j = 0; j < r_count * m; j++) sums[j] = sum_lanes(acc[j]);
}

/* Word j of a group holds values 4 j … 4 j + 3; from its lowest nibble on they are the second, first, fourth and third. */
static const u16 *pack_halves(Pool *pool, const FewRows *f) {
  static const u8 order[4] = {1, 0, 3, 2};
  const Weight *w = &f->w;
  isize padded = round_up(f->k, HALF_GROUP);
  int fits = w->format == FORMAT_NF4 && w->columns == f->k && w->block == HALF_GROUP / 2 && f->k % w->block == 0 &&
             f->m * padded * 2 <= pool->shared_bytes;
  if (!fits) return 0;
  u16 *out = (u16 *)pool->shared_scratch;
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (isize i = 0; i < f->m; i++) {
    for (isize k = 0; k < padded; k += HALF_GROUP) {
      const float *x = f->x + i * f->ldx + k;
      const __m512i end = _mm512_set1_epi32((int)min_i(f->k - k, HALF_GROUP));
      UNROLL for (int n = 0; n < 4; n++) {
        __m512 words[2];
        UNROLL for (int half = 0; half < 2; half++) {
          __m512i at = _mm512_add_epi32(_mm512_slli_epi32(lanes, 2), _mm512_set1_epi32(64 * half + order[n]));
          __mmask16 there = _mm512_cmplt_epi32_mask(at, end);
          words[half] = _mm512_mask_i32gather_ps(_mm512_setzero_ps(), there, at, x, 4);
        }
        __m512bh both = _mm512_cvtne2ps_pbh(words[1], words[0]);
        _mm512_storeu_si512(out + i * padded + k + 32 * n, (__m512i)both);
      }
    }
  }
  return out;
}
#endif

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
#if HAS_BF16
    if (f->halves) half_dots(f, row, scales, sums, m, r_count);
    else nf4_dots(f, row, scales, sums, m, r_count);
#else
    nf4_dots(f, row, scales, sums, m, r_count);
#endif
    put_sums(f, row, sums, m, r_count);
  }
  return row;
}
#endif

INLINE void few_rows(const FewRows *f, isize row, isize to, float *buffer, const int m, const int plain, const int nf4) {
#if NF4_SPLIT
  if (f->split || f->halves) {
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
  case 1:
    if (!f->halves) few_rows(f, from, to, own, 1, 4, 2);
    else if (f->k > LONG_ROW) few_rows(f, from, to, own, 1, 4, 4);
    else few_rows(f, from, to, own, 1, 4, 1);
    break;
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
#if HAS_BF16
  if (f->bf16) f->halves = pack_halves(pool, f);
#endif
#if NF4_SPLIT
  if (!f->halves) f->split = split_pairs(pool, f);
#endif
  parallel_for(pool, ceil_div(f->n, DOT_ROWS), few_rows_task, f);
}

#endif
