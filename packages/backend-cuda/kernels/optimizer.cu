/*
 *   sumOfSquares   partials[block] = Σ x² over the block's share, in f64, in a fixed order
 *   sumPartials    out = f32(Σ partials), one block
 *   adamW          Loshchilov and Hutter 2019, as torch computes it; decay = 1 − lr·weightDecay, stepSize = lr/(1 − β1^step),
 *                  root = √(1 − β2^step), rest1 = 1 − β1, rest2 = 1 − β2, g = grad · gradScale
 *   adamW8bit      the same with moments of 8 bits (Dettmers et al. 2022): a block of 256 elements holds codes of an ascending map of
 *                  256 values and one f32 scale, absmax; decoded, updated in f32 with every step rounded, and encoded again to the entry that is
 *                  nearest in magnitude on the value's side of 0. One block of threads per block of elements
 */
#include "common.cuh"

KERNEL(256) sumOfSquares(const float *x, i64 size, double *partials) {
  __shared__ double scratch[32];
  double sum = 0;
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) sum += (double)x[i] * x[i];
  sum = blockSum(sum, scratch);
  if (threadIdx.x == 0) partials[blockIdx.x] = sum;
}

KERNEL(256) sumPartials(const double *partials, int count, float *out) {
  __shared__ double scratch[32];
  double sum = 0;
  for (int i = threadIdx.x; i < count; i += blockDim.x) sum += partials[i];
  sum = blockSum(sum, scratch);
  if (threadIdx.x == 0) out[0] = (float)sum;
}

KERNEL(256) adamW(float *param, const float *grad, float *m, float *v, i64 size, float beta1, float rest1, float beta2, float rest2,
                  float decay, float stepSize, float root, float eps, float gradScale) {
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) {
    float g = grad[i] * gradScale;
    float mean = beta1 * m[i] + rest1 * g, square = beta2 * v[i] + rest2 * g * g;
    m[i] = mean;
    v[i] = square;
    param[i] = param[i] * decay - stepSize * mean / (sqrtf(square) / root + eps);
  }
}

#define MOMENT_BLOCK 256

/** The greatest of a block, in every thread; a NaN comes through. */
DEVICE float blockMax(float value, float *scratch) {
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
  for (int level = 0; level < 2; level++) {
    for (int distance = 16; distance > 0; distance >>= 1) {
      float other = __shfl_xor_sync(FULL_WARP, value, distance);
      value = value != value || other <= value ? value : other;
    }
    if (level == 1) break;
    __syncthreads(); // an earlier maximum may still be read
    if (lane == 0) scratch[warp] = value;
    __syncthreads();
    value = lane < warps ? scratch[lane] : 0.0f;
  }
  return value;
}

/** Entries of `map` from `zero` in one direction up to the end: as many as the value's magnitude passes the midpoints of. */
DEVICE int stepsBeyond(const float *map, int zero, int direction, float magnitude) {
  int low = 0, high = direction > 0 ? 255 - zero : zero;
  while (low < high) {
    int middle = (low + high) / 2;
    const float *entry = map + zero + direction * middle;
    if (magnitude > (fabsf(entry[0]) + fabsf(entry[direction])) * 0.5f)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

DEVICE u8 nearestCode(const float *map, int zero, float value) {
  int direction = value < 0 ? -1 : 1, steps = stepsBeyond(map, zero, direction, fabsf(value));
  // What is below 0 stays there: the entry at 0 is for nothing else.
  return (u8)(value < 0 && steps == 0 ? zero - 1 : zero + direction * steps);
}

KERNEL(256) adamW8bit(float *param, const float *grad, u8 *mCodes, float *mAbsmax, u8 *vCodes, float *vAbsmax, const float *signedMap,
                      int signedZero, const float *unsignedMap, i64 size, float beta1, float rest1, float beta2, float rest2, float decay,
                      float stepSize, float root, float eps, float gradScale) {
  __shared__ float scratch[32];
  i64 block = blockIdx.x, i = block * MOMENT_BLOCK + threadIdx.x;
  bool inside = i < size;
  float mean = 0, square = 0;
  if (inside) {
    float g = __fmul_rn(grad[i], gradScale);
    float m = __fmul_rn(signedMap[mCodes[i]], mAbsmax[block]), v = __fmul_rn(unsignedMap[vCodes[i]], vAbsmax[block]);
    mean = __fadd_rn(__fmul_rn(beta1, m), __fmul_rn(rest1, g));
    square = __fadd_rn(__fmul_rn(beta2, v), __fmul_rn(__fmul_rn(rest2, g), g));
    param[i] = param[i] * decay - stepSize * mean / (sqrtf(square) / root + eps);
  }
  float mMost = blockMax(fabsf(mean), scratch), vMost = blockMax(fabsf(square), scratch);
  if (!inside) return;
  mCodes[i] = nearestCode(signedMap, signedZero, mMost == 0 ? 0.0f : mean / mMost);
  vCodes[i] = nearestCode(unsignedMap, 0, vMost == 0 ? 0.0f : square / vMost);
  if (threadIdx.x == 0) mAbsmax[block] = mMost, vAbsmax[block] = vMost;
}
