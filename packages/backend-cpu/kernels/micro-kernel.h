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

/* What becomes of a product. ADD does not wait for C until the end; CHAIN starts with C, so that k may be cut into calls. */
enum { SET, ADD, CHAIN };

INLINE void micro_kernel_whole(isize words, const float *a, const float *b, float *c, isize ldc, int mode,
                               const float *bias, const int bf16) {
  V acc[MR][NV];
  if (mode == CHAIN) {
    UNROLL for (int i = 0; i < MR; i++) {
      UNROLL for (int v = 0; v < NV; v++) acc[i][v] = load(c + i * ldc + v * W);
    }
  } else {
    /* C is not in the near caches: asked for now, it is there when it is added to. 3 % with bf16 operands. */
    UNROLL for (int i = 0; i < MR; i++) {
      UNROLL for (int j = 0; j < NR; j += 16) __builtin_prefetch(c + i * ldc + j, 1);
    }
    UNROLL for (int i = 0; i < MR; i++) {
      UNROLL for (int v = 0; v < NV; v++) acc[i][v] = (V){0};
    }
  }
  for (isize k = 0; k < words; k++, a += MR, b += NR) {
    V right[NV];
    UNROLL for (int v = 0; v < NV; v++) right[v] = load(b + v * W);
    UNROLL for (int i = 0; i < MR; i++) {
      V left = load_splat(a + i);
      UNROLL for (int v = 0; v < NV; v++) acc[i][v] = multiply_add(left, right[v], acc[i][v], bf16);
    }
  }
  V start[NV];
  UNROLL for (int v = 0; v < NV; v++) start[v] = bias ? load(bias + v * W) : (V){0};
  UNROLL for (int i = 0; i < MR; i++) {
    UNROLL for (int v = 0; v < NV; v++) {
      float *at = c + i * ldc + v * W;
      store(at, mode == CHAIN ? acc[i][v] : acc[i][v] + (mode == ADD ? load(at) : start[v]));
    }
  }
}

/* SET: C = AB + bias (bias may be null). ADD, CHAIN: C += AB. rows ≤ MR and columns ≤ NR of C are touched. */
INLINE void micro_kernel(isize words, const float *a, const float *b, float *c, isize ldc, isize rows, isize columns,
                         int mode, const float *bias, const int bf16) {
  if (rows < MR || columns < NR) {
    /* A tile at the edge: by way of a whole one. */
    float tile[MR * NR] ALIGNED = {0};
    for (isize i = 0; i < rows; i++) {
      for (isize j = 0; j < columns; j++) tile[i * NR + j] = mode != SET ? c[i * ldc + j] : bias ? bias[j] : 0;
    }
    micro_kernel_whole(words, a, b, tile, NR, mode == CHAIN ? CHAIN : ADD, 0, bf16);
    for (isize i = 0; i < rows; i++) {
      for (isize j = 0; j < columns; j++) c[i * ldc + j] = tile[i * NR + j];
    }
    return;
  }
  micro_kernel_whole(words, a, b, c, ldc, mode, bias, bf16);
}

static void micro_f32(isize words, const float *a, const float *b, float *c, isize ldc, isize rows, isize columns,
                      int mode, const float *bias) {
  micro_kernel(words, a, b, c, ldc, rows, columns, mode, bias, 0);
}
#if HAS_BF16
static void micro_bf16(isize words, const float *a, const float *b, float *c, isize ldc, isize rows, isize columns,
                       int mode, const float *bias) {
  micro_kernel(words, a, b, c, ldc, rows, columns, mode, bias, 1);
}
#endif

/* C[m][n] from packed panels; a panel of A stays in L1 while the panels of B pass. a_stride: floats between A panels. */
static void multiply_panels(isize m, isize n, isize words, const float *a, isize a_stride, const float *b, float *c,
                            isize ldc, int mode, const float *bias, int bf16) {
  for (isize i = 0; i < m; i += MR, a += a_stride) {
    const float *panel = b;
    for (isize j = 0; j < n; j += NR, panel += words * NR) {
      isize rows = min_i(MR, m - i), columns = min_i(NR, n - j);
      const float *own_bias = bias ? bias + j : 0;
#if HAS_BF16
      if (bf16) {
        micro_bf16(words, a, panel, c + i * ldc + j, ldc, rows, columns, mode, own_bias);
        continue;
      }
#endif
      micro_f32(words, a, panel, c + i * ldc + j, ldc, rows, columns, mode, own_bias);
    }
  }
  (void)bf16;
}

#endif
