/*
 * x·Wᵀ for at most eight rows of x, as generation needs it: bound by reading W once, so NF4 is decoded in registers and never stored.
 * out[t, o] = alpha · Σ_i x[t, i] · W[o, i] (+ out) (+ bias[o]); x: f32 [rows, k]; W: [n, k] in f32, bf16 or NF4; k a multiple of 8.
 * A warp has one row of W, a lane every 32nd group of eight values; the lanes' sums are joined in a fixed order.
 */
#include "nf4.cuh"

#define WARPS 8

struct F32Rows {
  const float *values;
  DEVICE_METHOD void load(i64 at, float *out) const {
    float4 low = *(const float4 *)(values + at), high = *(const float4 *)(values + at + 4);
    out[0] = low.x, out[1] = low.y, out[2] = low.z, out[3] = low.w;
    out[4] = high.x, out[5] = high.y, out[6] = high.z, out[7] = high.w;
  }
};

struct Bf16Rows {
  const bf16 *values;
  DEVICE_METHOD void load(i64 at, float *out) const {
    uint4 pairs = *(const uint4 *)(values + at);
    u32 words[4] = {pairs.x, pairs.y, pairs.z, pairs.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
      out[2 * i] = __uint_as_float(words[i] << 16);
      out[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
    }
  }
};

struct Nf4Rows {
  Nf4Matrix matrix;
  const float *code;
  DEVICE_METHOD void load(i64 at, float *out) const {
    float scale = nf4Scale(matrix, at / matrix.blockSize);
    u32 bytes = *(const u32 *)(matrix.packed + (at >> 1));
#pragma unroll
    for (int i = 0; i < 4; i++) {
      u32 byte = bytes >> (8 * i) & 255u;
      out[2 * i] = code[byte >> 4] * scale;
      out[2 * i + 1] = code[byte & 15u] * scale;
    }
  }
};

template <int ROWS, class Weight>
DEVICE void multiplyRows(const Weight &weight, const float *x, int rows, float *out, int n, int k, float alpha, int accumulate,
                         const float *bias) {
  int lane = threadIdx.x & 31, o = blockIdx.x * WARPS + (threadIdx.x >> 5);
  if (o >= n) return;
  float sums[ROWS] = {};
  for (int i = lane * 8; i < k; i += 256) {
    float w[8], own[8];
    weight.load((i64)o * k + i, w);
#pragma unroll
    for (int t = 0; t < ROWS; t++) {
      if (t >= rows) break;
      F32Rows{x}.load((i64)t * k + i, own);
#pragma unroll
      for (int e = 0; e < 8; e++) sums[t] += own[e] * w[e];
    }
  }
#pragma unroll
  for (int t = 0; t < ROWS; t++) {
    if (t >= rows) break;
    float sum = warpSum(sums[t]);
    if (lane != 0) continue;
    float *target = out + (i64)t * n + o;
    float value = alpha * sum + (bias ? bias[o] : 0.0f);
    *target = accumulate ? *target + value : value;
  }
}

#define ROWS_PARAMETERS const float *x, int rows, float *out, int n, int k, float alpha, int accumulate, const float *bias
#define ROWS_ARGUMENTS x, rows, out, n, k, alpha, accumulate, bias

KERNEL(256) oneRow(const float *weight, ROWS_PARAMETERS) { multiplyRows<1>(F32Rows{weight}, ROWS_ARGUMENTS); }
KERNEL(256) fewRows(const float *weight, ROWS_PARAMETERS) { multiplyRows<8>(F32Rows{weight}, ROWS_ARGUMENTS); }
KERNEL(256) oneRowBf16(const bf16 *weight, ROWS_PARAMETERS) { multiplyRows<1>(Bf16Rows{weight}, ROWS_ARGUMENTS); }
KERNEL(256) fewRowsBf16(const bf16 *weight, ROWS_PARAMETERS) { multiplyRows<8>(Bf16Rows{weight}, ROWS_ARGUMENTS); }

KERNEL(256) oneRowNf4(NF4_PARAMETERS, ROWS_PARAMETERS) {
  __shared__ float code[16];
  loadNf4Code(code);
  __syncthreads();
  multiplyRows<1>(Nf4Rows{NF4_MATRIX, code}, ROWS_ARGUMENTS);
}

KERNEL(256) fewRowsNf4(NF4_PARAMETERS, ROWS_PARAMETERS) {
  __shared__ float code[16];
  loadNf4Code(code);
  __syncthreads();
  multiplyRows<8>(Nf4Rows{NF4_MATRIX, code}, ROWS_ARGUMENTS);
}
