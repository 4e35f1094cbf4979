/*
 * One thread per element, on a grid that strides over any size.
 *   add                out = a + scale · b
 *   addBias            x[n, i] += bias[i]                                x: f32 [rows, width]
 *   fillWords          out = a 32-bit pattern
 *   f32ToBf16, bf16ToF32
 *   swiglu             out = silu(gate) · up, silu(z) = z / (1 + e^−z)
 *   swigluBackward     dGate = dOut · up · σ(1 + gate(1 − σ)), dUp = dOut · gate · σ, σ = 1 / (1 + e^−gate)
 * Inputs may be outputs wherever the contract allows it: every element is read before it is written.
 */
#include "common.cuh"

KERNEL(256) add(const float *a, const float *b, float scale, float *out, i64 size) {
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) out[i] = fmaf(scale, b[i], a[i]);
}

KERNEL(256) addBias(const float *bias, float *x, i64 size, int width) {
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) x[i] += bias[i % width];
}

KERNEL(256) fillWords(u32 *out, u32 pattern, i64 size) {
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) out[i] = pattern;
}

KERNEL(256) f32ToBf16(const float *src, bf16 *dst, i64 size) {
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) dst[i] = toBf16(src[i]);
}

KERNEL(256) bf16ToF32(const bf16 *src, float *dst, i64 size) {
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) dst[i] = fromBf16(src[i]);
}

DEVICE float sigmoid(float z) { return 1.0f / (1.0f + expf(-z)); }

KERNEL(256) swiglu(const float *gate, const float *up, float *out, i64 size) {
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) {
    float z = gate[i];
    out[i] = z * sigmoid(z) * up[i];
  }
}

KERNEL(256) swigluBackward(const float *gate, const float *up, const float *dOut, float *dGate, float *dUp, i64 size) {
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) {
    float z = gate[i], u = up[i], g = dOut[i], s = sigmoid(z);
    dGate[i] = g * u * s * (1.0f + z * (1.0f - s));
    dUp[i] = g * z * s;
  }
}
