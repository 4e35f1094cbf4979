/*
 * DoRA (Liu et al. 2024). weight: [outputs, inputs]; a: [rank, inputs]; b: [outputs, rank]; y, out, dOut, dY: [T, outputs];
 * magnitude, norms: [outputs].
 *   doraNorms(Bf16, Nf4)   norms[o] = ‖W[o] + scale · (B·A)[o]‖₂, a block per row
 *   doraForward            out = (magnitude / norms) ⊙ y + bias, or out += …
 *   doraBackward           dY = (magnitude / norms) ⊙ dOut
 *   doraMagnitude          dMagnitude += Σ_t dOut ⊙ y / norms
 */
#include "column-sums.cuh"
#include "nf4.cuh"

DEVICE float weightAt(const float *weight, i64 at) { return weight[at]; }
DEVICE float weightAt(const bf16 *weight, i64 at) { return fromBf16(weight[at]); }

struct DecodedNf4 {
  Nf4Matrix matrix;
  const float *code;
};

DEVICE float weightAt(const DecodedNf4 &weight, i64 at) {
  u32 byte = weight.matrix.packed[at >> 1];
  return weight.code[at & 1 ? byte & 15u : byte >> 4] * nf4Scale(weight.matrix, at / weight.matrix.blockSize);
}

template <class Weight>
DEVICE void norms(const Weight &weight, const float *a, const float *b, float scale, float *out, int inputs, int rank) {
  __shared__ float scratch[32];
  i64 row = blockIdx.x;
  float squares = 0;
  for (int i = threadIdx.x; i < inputs; i += blockDim.x) {
    float update = 0;
    for (int r = 0; r < rank; r++) update += b[row * rank + r] * a[(i64)r * inputs + i];
    float value = weightAt(weight, row * inputs + i) + scale * update;
    squares += value * value;
  }
  squares = blockSum(squares, scratch);
  if (threadIdx.x == 0) out[row] = sqrtf(squares);
}

KERNEL(256) doraNorms(const float *weight, const float *a, const float *b, float scale, float *out, int inputs, int rank) {
  norms(weight, a, b, scale, out, inputs, rank);
}

KERNEL(256) doraNormsBf16(const bf16 *weight, const float *a, const float *b, float scale, float *out, int inputs, int rank) {
  norms(weight, a, b, scale, out, inputs, rank);
}

KERNEL(256) doraNormsNf4(NF4_PARAMETERS, const float *a, const float *b, float scale, float *out, int inputs, int rank) {
  __shared__ float code[16];
  loadNf4Code(code);
  __syncthreads();
  norms(DecodedNf4{NF4_MATRIX, code}, a, b, scale, out, inputs, rank);
}

KERNEL(256) doraForward(const float *y, const float *magnitude, const float *norms, const float *bias, float *out, i64 size, int width,
                        int accumulate) {
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) {
    int column = (int)(i % width);
    float value = y[i] * (magnitude[column] / norms[column]) + (bias ? bias[column] : 0.0f);
    out[i] = accumulate ? out[i] + value : value;
  }
}

KERNEL(256) doraBackward(const float *magnitude, const float *norms, const float *dOut, float *dY, i64 size, int width) {
  for (i64 i = threadOfGrid(); i < size; i += threadsOfGrid()) {
    int column = (int)(i % width);
    dY[i] = dOut[i] * (magnitude[column] / norms[column]);
  }
}

struct MagnitudeTerms {
  const float *y, *norms, *dOut;
  int width;
  DEVICE_METHOD float operator()(i64 row, int column) const {
    return dOut[row * width + column] * y[row * width + column] * (1.0f / norms[column]);
  }
};

KERNEL(288) doraMagnitude(const float *y, const float *norms, const float *dOut, float *dMagnitude, i64 rows, int width) {
  sumColumns(dMagnitude, rows, width, MagnitudeTerms{y, norms, dOut, width});
}
