/*
 * What differs between targets: the vector width, fused multiply-add, splats, shuffles, symbol names.
 *
 * Everything else is one source in GCC/Clang vector extensions. It is compiled once per instruction set with one of
 * BZ_AVX512BF16, BZ_AVX512, BZ_AVX2, BZ_NEON or BZ_WASM defined, free of libc. Contraction is off (-ffp-contract=off):
 * a multiply-add is fused exactly where fma_v is written, so that bit-exact formulas stay bit-exact.
 */
#ifndef BZ_PLATFORM_H
#define BZ_PLATFORM_H

typedef __INT8_TYPE__ i8;
typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __INT32_TYPE__ i32;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
typedef __PTRDIFF_TYPE__ isize;

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define INLINE static inline __attribute__((always_inline))
#define ALIGNED __attribute__((aligned(64)))

#if defined(BZ_AVX512BF16)
#define BZ_AVX512 1
#define BZ_SUFFIX _avx512bf16
#elif defined(BZ_AVX512)
#define BZ_SUFFIX _avx512
#elif defined(BZ_AVX2)
#define BZ_SUFFIX _avx2
#elif defined(BZ_NEON)
#define BZ_SUFFIX _neon
#elif !defined(BZ_WASM)
#error "define one of BZ_AVX512BF16, BZ_AVX512, BZ_AVX2, BZ_NEON, BZ_WASM"
#endif

#if defined(BZ_WASM)
#define KERNEL(name) __attribute__((export_name(#name))) void name
#include <wasm_simd128.h>
#else
#define KERNEL(name) __attribute__((visibility("default"))) void JOIN(name, BZ_SUFFIX)
#if defined(BZ_NEON)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif
#endif

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

/* W floats a vector; a GEMM tile is MR rows by NV vectors. */
#if defined(BZ_AVX512)
#define W 16
#define MR 12
#elif defined(BZ_AVX2)
#define W 8
#define MR 6
#elif defined(BZ_NEON)
#define W 4
#define MR 8
#else
#define W 4
#define MR 4
#endif
#define NV 2
#define NR (NV * W)

typedef float V __attribute__((vector_size(W * 4)));
typedef i32 VI __attribute__((vector_size(W * 4)));
/* The same, at any address and of any type. */
typedef float V_any __attribute__((vector_size(W * 4), aligned(4), may_alias));
typedef i32 VI_any __attribute__((vector_size(W * 4), aligned(4), may_alias));

INLINE V load(const float *p) { return *(const V_any *)p; }
INLINE void store(float *p, V v) { *(V_any *)p = v; }

#if defined(BZ_AVX512)
INLINE V splat(float x) { return (V)_mm512_set1_ps(x); }
INLINE V load_splat(const float *p) { return (V)_mm512_set1_ps(*p); }
INLINE V fma_v(V a, V b, V c) { return (V)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
INLINE V max_v(V a, V b) { return (V)_mm512_max_ps((__m512)a, (__m512)b); }
INLINE V min_v(V a, V b) { return (V)_mm512_min_ps((__m512)a, (__m512)b); }
#define EVEN_ZIP 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define ODD_ZIP 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif defined(BZ_AVX2)
INLINE V splat(float x) { return (V)_mm256_set1_ps(x); }
INLINE V load_splat(const float *p) { return (V)_mm256_broadcast_ss(p); }
INLINE V fma_v(V a, V b, V c) { return (V)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
INLINE V max_v(V a, V b) { return (V)_mm256_max_ps((__m256)a, (__m256)b); }
INLINE V min_v(V a, V b) { return (V)_mm256_min_ps((__m256)a, (__m256)b); }
#define EVEN_ZIP 0, 8, 1, 9, 2, 10, 3, 11
#define ODD_ZIP 4, 12, 5, 13, 6, 14, 7, 15
#elif defined(BZ_NEON)
INLINE V splat(float x) { return (V)vdupq_n_f32(x); }
INLINE V load_splat(const float *p) { return (V)vld1q_dup_f32(p); }
INLINE V fma_v(V a, V b, V c) { return (V)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
INLINE V max_v(V a, V b) { return (V)vmaxq_f32((float32x4_t)a, (float32x4_t)b); }
INLINE V min_v(V a, V b) { return (V)vminq_f32((float32x4_t)a, (float32x4_t)b); }
#else
INLINE V splat(float x) { return (V)wasm_f32x4_splat(x); }
INLINE V load_splat(const float *p) { return (V)wasm_v128_load32_splat(p); }
INLINE V fma_v(V a, V b, V c) { return (V)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c); }
INLINE V max_v(V a, V b) { return (V)wasm_f32x4_pmax((v128_t)a, (v128_t)b); }
INLINE V min_v(V a, V b) { return (V)wasm_f32x4_pmin((v128_t)a, (v128_t)b); }
#endif
#if W == 4
#define EVEN_ZIP 0, 4, 1, 5
#define ODD_ZIP 2, 6, 3, 7
#endif

INLINE V zip_low(V a, V b) { return __builtin_shufflevector(a, b, EVEN_ZIP); }
INLINE V zip_high(V a, V b) { return __builtin_shufflevector(a, b, ODD_ZIP); }

/* The upper 32 bits of unsigned products, lane by lane. */
typedef u32 VU __attribute__((vector_size(W * 4)));
INLINE VU mul_high(VU a, VU b) {
#if defined(BZ_AVX512)
  __m512i even = _mm512_srli_epi64(_mm512_mul_epu32((__m512i)a, (__m512i)b), 32);
  __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64((__m512i)a, 32), _mm512_srli_epi64((__m512i)b, 32));
  return (VU)_mm512_mask_blend_epi32(0xaaaa, even, odd);
#elif defined(BZ_AVX2)
  __m256i even = _mm256_srli_epi64(_mm256_mul_epu32((__m256i)a, (__m256i)b), 32);
  __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64((__m256i)a, 32), _mm256_srli_epi64((__m256i)b, 32));
  return (VU)_mm256_blend_epi32(even, odd, 0xaa);
#elif defined(BZ_NEON)
  uint64x2_t low = vmull_u32(vget_low_u32((uint32x4_t)a), vget_low_u32((uint32x4_t)b));
  uint64x2_t high = vmull_high_u32((uint32x4_t)a, (uint32x4_t)b);
  return (VU)vuzp2q_u32((uint32x4_t)low, (uint32x4_t)high);
#else
  v128_t low = wasm_u64x2_extmul_low_u32x4((v128_t)a, (v128_t)b);
  v128_t high = wasm_u64x2_extmul_high_u32x4((v128_t)a, (v128_t)b);
  return (VU)wasm_i32x4_shuffle(low, high, 1, 3, 5, 7);
#endif
}

/* Sum and greatest of the lanes, halving: a fixed order. */
INLINE float sum_lanes(V v) {
  float t[W] ALIGNED;
  store(t, v);
  UNROLL for (int s = W / 2; s > 0; s /= 2) {
    UNROLL for (int i = 0; i < s; i++) t[i] += t[i + s];
  }
  return t[0];
}
INLINE float max_lanes(V v) {
  float t[W] ALIGNED;
  store(t, v);
  UNROLL for (int s = W / 2; s > 0; s /= 2) {
    UNROLL for (int i = 0; i < s; i++) t[i] = t[i] > t[i + s] ? t[i] : t[i + s];
  }
  return t[0];
}

/* W x W transpose in log2(W) rounds of zips. */
INLINE void transpose(V *r) {
  UNROLL for (int s = 1; s < W; s *= 2) {
    V t[W];
    UNROLL for (int i = 0; i < W / 2; i++) {
      t[2 * i] = zip_low(r[i], r[i + W / 2]);
      t[2 * i + 1] = zip_high(r[i], r[i + W / 2]);
    }
    UNROLL for (int i = 0; i < W; i++) r[i] = t[i];
  }
}

INLINE isize min_i(isize a, isize b) { return a < b ? a : b; }
INLINE isize max_i(isize a, isize b) { return a > b ? a : b; }
INLINE isize ceil_div(isize a, isize b) { return (a + b - 1) / b; }
INLINE isize round_up(isize a, isize b) { return ceil_div(a, b) * b; }

/* The upper 16 bits of an f32, to nearest even. NaN stays NaN. */
INLINE u16 to_bf16(float x) {
  u32 bits;
  __builtin_memcpy(&bits, &x, 4);
  u32 rounded = bits + 0x7fff + ((bits >> 16) & 1);
  u32 quiet = bits | 0x400000;
  return (u16)((((bits & 0x7fffffff) > 0x7f800000) ? quiet : rounded) >> 16);
}
INLINE float from_bf16(u16 h) {
  u32 bits = (u32)h << 16;
  float x;
  __builtin_memcpy(&x, &bits, 4);
  return x;
}

#endif
