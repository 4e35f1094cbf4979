/*
 * The register tile: C[MR][NR] (+)= Apanel·Bpanel, all accumulators in registers over the whole k.
 *
 * 12×32 with AVX-512 (24 of 32 registers), 6×16 with AVX2, 8×8 with NEON, 4×8 in WebAssembly (V8 keeps 16 registers).
 */
#ifndef BZ_MICRO_KERNEL_H
#define BZ_MICRO_KERNEL_H
#include "pack.h"

INLINE V multiply_add(V a, V b, V c, const int bf16) {
#if HAS_BF16
  if (bf16) return (V)_mm512_dpbf16_ps((__m512)c, (__m512bh)a, (__m512bh)b);
#endif
  (void)bf16;
  return fma_v(a, b, c);
}

/*
 * rows ≤ MR and columns ≤ NR of C are touched. add: C += AB, else C = AB + bias (bias may be null). The accumulators
 * start with what is added to, so every element is one chain of multiply-adds, wherever k is cut into calls.
 */
INLINE void micro_kernel(isize words, const float *a, const float *b, float *c, isize ldc, isize rows, isize columns,
                         int add, const float *bias, const int bf16) {
  float edge[MR * NR] ALIGNED = {0};
  int whole = rows == MR && columns == NR;
  float *out = whole ? c : edge;
  isize ld = whole ? ldc : NR;
  if (!whole) {
    for (isize i = 0; i < rows; i++) {
      for (isize j = 0; j < columns; j++) edge[i * NR + j] = add ? c[i * ldc + j] : bias ? bias[j] : 0;
    }
    add = 1;
  }
  V acc[MR][NV];
  UNROLL for (int v = 0; v < NV; v++) {
    V start = bias && !add ? load(bias + v * W) : (V){0};
    UNROLL for (int i = 0; i < MR; i++) acc[i][v] = add ? load(out + i * ld + v * W) : start;
  }
  for (isize k = 0; k < words; k++, a += MR, b += NR) {
    V right[NV];
    UNROLL for (int v = 0; v < NV; v++) right[v] = load(b + v * W);
    UNROLL for (int i = 0; i < MR; i++) {
      V left = load_splat(a + i);
      UNROLL for (int v = 0; v < NV; v++) acc[i][v] = multiply_add(left, right[v], acc[i][v], bf16);
    }
  }
  UNROLL for (int i = 0; i < MR; i++) {
    UNROLL for (int v = 0; v < NV; v++) store(out + i * ld + v * W, acc[i][v]);
  }
  if (whole) return;
  for (isize i = 0; i < rows; i++) {
    for (isize j = 0; j < columns; j++) c[i * ldc + j] = edge[i * NR + j];
  }
}

static void micro_f32(isize words, const float *a, const float *b, float *c, isize ldc, isize rows, isize columns,
                      int add, const float *bias) {
  micro_kernel(words, a, b, c, ldc, rows, columns, add, bias, 0);
}
#if HAS_BF16
static void micro_bf16(isize words, const float *a, const float *b, float *c, isize ldc, isize rows, isize columns,
                       int add, const float *bias) {
  micro_kernel(words, a, b, c, ldc, rows, columns, add, bias, 1);
}
#endif

/* C[m][n] from packed panels; a panel of A stays in L1 while the panels of B pass. a_stride: floats between A panels. */
static void multiply_panels(isize m, isize n, isize words, const float *a, isize a_stride, const float *b, float *c,
                            isize ldc, int add, const float *bias, int bf16) {
  for (isize i = 0; i < m; i += MR, a += a_stride) {
    const float *panel = b;
    for (isize j = 0; j < n; j += NR, panel += words * NR) {
      isize rows = min_i(MR, m - i), columns = min_i(NR, n - j);
      const float *own_bias = bias ? bias + j : 0;
      /* The next tile of C, which its multiply-adds start with. */
      for (isize r = 0; add && r < rows && j + NR < n; r++) {
        UNROLL for (int v = 0; v < NV; v++) __builtin_prefetch(c + (i + r) * ldc + j + NR + v * W, 1);
      }
#if HAS_BF16
      if (bf16) {
        micro_bf16(words, a, panel, c + i * ldc + j, ldc, rows, columns, add, own_bias);
        continue;
      }
#endif
      micro_f32(words, a, panel, c + i * ldc + j, ldc, rows, columns, add, own_bias);
    }
  }
  (void)bf16;
}

#endif
