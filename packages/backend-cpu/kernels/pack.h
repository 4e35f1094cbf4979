/*
 * Packing: operands laid out in the order in which the micro-kernel reads them.
 *
 * A (the side that is broadcast): panels of MR rows, panel[k][MR]. B: panels of NR columns, panel[k][NR]. Missing rows
 * and columns are zero. In bf16 mode a "word" is two consecutive k of one row or column (k even in the low half), so
 * every loop here moves 32-bit words and never asks which of the two it is.
 */
#ifndef BZ_PACK_H
#define BZ_PACK_H
#include "weights.h"

/* Longest k of one packed block, in words. */
#define KC 256
#if defined(BZ_AVX512BF16)
#define HAS_BF16 1
#else
#define HAS_BF16 0
#endif

/* n floats (n may be odd) to ceil(n/2) words. */
INLINE void to_words(const float *x, isize n, float *words) {
#if HAS_BF16
  isize i = 0;
  for (; i + 32 <= n; i += 32) {
    __m512bh both = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + 16), _mm512_loadu_ps(x + i));
    _mm512_storeu_si512((void *)(words + i / 2), (__m512i)both);
  }
  u16 *half = (u16 *)words;
  for (; i < n; i++) half[i] = to_bf16(x[i]);
  if (n & 1) half[n] = 0;
#else
  (void)x, (void)n, (void)words;
#endif
}

/* Rows k and k+1 (zero when `second` is null) to n words. */
INLINE void pair_rows(const float *first, const float *second, isize n, float *words) {
  u32 *out = (u32 *)words;
  isize i = 0;
#if HAS_BF16
  for (; second && i + W <= n; i += W) {
    __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(first + i)));
    __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(second + i)));
    _mm512_storeu_si512((void *)(out + i), _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
  }
#endif
  if (second) {
    for (; i < n; i++) out[i] = (u32)to_bf16(first[i]) | (u32)to_bf16(second[i]) << 16;
  } else {
    for (; i < n; i++) out[i] = to_bf16(first[i]);
  }
}

/* dst[k·stride + i] = rows[i][k] for i < count ≤ W, zero up to `width` (≤ W); dst has room for W past its last k. */
INLINE void interleave(const float **rows, isize count, isize k, float *dst, isize stride) {
  static const float zeros[W] ALIGNED;
  isize at = 0;
  for (; at + W <= k; at += W) {
    V r[W];
    UNROLL for (int i = 0; i < W; i++) r[i] = load(i < count ? rows[i] + at : zeros);
    transpose(r);
    UNROLL for (int i = 0; i < W; i++) store(dst + (at + i) * stride, r[i]);
  }
  for (; at < k; at++) {
    float t[W] ALIGNED;
    for (int i = 0; i < W; i++) t[i] = i < count ? rows[i][at] : 0;
    store(dst + at * stride, load(t));
  }
}

/* One panel of A from rows of x: rows row … row+count−1, k from k0. dst: [words][MR] and W spare floats behind. */
static void pack_a_rows(const float *x, isize ld, isize count, isize k, int bf16, float *dst, float *buffer) {
  const float *rows[MR];
  isize words = bf16 ? (k + 1) / 2 : k;
  for (isize i = 0; i < count; i++) {
    rows[i] = x + i * ld;
    if (bf16) {
      to_words(rows[i], k, buffer + i * words);
      rows[i] = buffer + i * words;
    }
  }
  for (isize i = 0; i < MR; i += W) {
    /* Later stores repair what a wide store spills over the panel's edge: groups go from left to right only when MR is a
       multiple of W, and otherwise MR < W, where k + 1 overwrites the spill of k. */
    interleave(rows + i, min_i(max_i(count - i, 0), W), words, dst + i, MR);
  }
}

/* One panel of A from columns of x: x[k][m], columns given by the pointer. */
static void pack_a_columns(const float *x, isize ld, isize count, isize k, int bf16, float *dst) {
  isize step = bf16 ? 2 : 1;
  for (isize at = 0; at < k; at += step, dst += MR) {
    const float *row = x + at * ld;
    if (bf16) {
      pair_rows(row, at + 1 < k ? row + ld : 0, count, dst);
    } else {
      for (isize i = 0; i < count; i++) dst[i] = row[i];
    }
    for (isize i = count; i < MR; i++) dst[i] = 0;
  }
}

/* B panels of columns n0 … n0+n−1 where the weight stores them as rows (x·Wᵀ). dst: [panels][words][NR]. */
static void pack_b_rows(const Weight *w, isize n0, isize n, isize k0, isize k, int bf16, float *dst, float *buffer) {
  isize words = bf16 ? (k + 1) / 2 : k;
  for (isize panel = 0; panel < n; panel += NR, dst += words * NR) {
    for (isize group = 0; group < NR; group += W) {
      const float *rows[W];
      isize count = min_i(max_i(n - panel - group, 0), W);
      for (isize i = 0; i < count; i++) {
        isize row = n0 + panel + group + i;
        float *own = buffer + i * 2 * KC;
        if (bf16 && w->format == FORMAT_BF16 && !(k & 1)) {
          rows[i] = (const float *)((const u16 *)w->data + row * w->columns + k0);
          continue;
        }
        rows[i] = weight_row(w, row, k0, k, own);
        if (bf16) {
          to_words(rows[i], k, own);
          rows[i] = own;
        }
      }
      interleave(rows, count, words, dst + group, NR);
    }
  }
}

/* B panels where the weight stores k as rows (dOut·W). */
static void pack_b_columns(const Weight *w, isize n0, isize n, isize k0, isize k, int bf16, float *dst, float *buffer) {
  isize words = bf16 ? (k + 1) / 2 : k, step = bf16 ? 2 : 1;
  isize whole = n / NR * NR;
  for (isize at = 0; at < words; at++) {
    const float *row = weight_row(w, k0 + at * step, n0, n, buffer);
    if (bf16) {
      const float *next = at * 2 + 1 < k ? weight_row(w, k0 + at * 2 + 1, n0, n, buffer + n) : 0;
      pair_rows(row, next, n, buffer + 2 * n);
      row = buffer + 2 * n;
    }
    float *out = dst + at * NR;
    for (isize panel = 0; panel < whole; panel += NR, out += words * NR) {
      UNROLL for (int v = 0; v < NV; v++) store(out + v * W, load(row + panel + v * W));
    }
    if (whole < n) {
      for (isize i = 0; i < NR; i++) out[i] = whole + i < n ? row[whole + i] : 0;
    }
  }
}

#endif
