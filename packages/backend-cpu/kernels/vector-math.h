/*
 * exp and log without libm.
 *
 * exp(x) = 2^n · e^r with n = round(x / ln 2), r = x − n·ln 2 in two parts (Cody and Waite 1980), |r| ≤ 0.3466; e^r by
 * its Taylor polynomial of degree 7 (error 2e-9 relative, below f32). Under −87.3 the result is 0, over 88.7 it stays at
 * e^88.7 (no op of the contract gets there). NaN stays NaN.
 */
#ifndef BZ_VECTOR_MATH_H
#define BZ_VECTOR_MATH_H
#include "platform.h"

INLINE V exp_v(V x) {
  V clamped = min_v(max_v(x, splat(-87.3f)), splat(88.7f));
  V magic = splat(12582912.0f);
  /* Adding 1.5·2²³ rounds, and leaves the whole number in the low bits. */
  V rounded = fma_v(clamped, splat(1.44269504088896341f), magic);
  V n = rounded - magic;
  V r = fma_v(n, splat(-0.693359375f), clamped);
  r = fma_v(n, splat(2.12194440e-4f), r);
  V p = splat(1.0f / 5040);
  p = fma_v(p, r, splat(1.0f / 720));
  p = fma_v(p, r, splat(1.0f / 120));
  p = fma_v(p, r, splat(1.0f / 24));
  p = fma_v(p, r, splat(1.0f / 6));
  p = fma_v(p, r, splat(0.5f));
  p = fma_v(p, r, splat(1.0f));
  p = fma_v(p, r, splat(1.0f));
  /* 2^n in two factors, so that n = 128 does not overflow the exponent. */
  VI whole = (VI)rounded - (VI)magic;
  VI half = whole >> 1;
  V low = (V)((half + 127) << 23);
  V high = (V)((whole - half + 127) << 23);
  V result = p * low * high;
  VI alive = x >= splat(-87.3f);
  return (V)(((VI)result & alive) | (x != x));
}

INLINE float exp_1(float x) { return exp_v(splat(x))[0]; }

/* Natural logarithm of a positive normal number: x = m·2^e, m in [√½, √2); log m = 2·atanh((m−1)/(m+1)) in f64. */
INLINE float log_1(float x) {
  u32 bits;
  __builtin_memcpy(&bits, &x, 4);
  i32 exponent = (i32)(bits - 0x3f3504f3) >> 23;
  bits -= (u32)exponent << 23;
  float mantissa;
  __builtin_memcpy(&mantissa, &bits, 4);
  double z = ((double)mantissa - 1) / ((double)mantissa + 1), s = z * z;
  double series = 1 + s * (1.0 / 3 + s * (1.0 / 5 + s * (1.0 / 7 + s * (1.0 / 9 + s * (1.0 / 11)))));
  return (float)(2 * z * series + exponent * 0.69314718055994530942);
}

/* σ(z) = 1/(1 + e^−z). */
INLINE V sigmoid_v(V z) { return splat(1.0f) / (splat(1.0f) + exp_v(-z)); }

#endif
