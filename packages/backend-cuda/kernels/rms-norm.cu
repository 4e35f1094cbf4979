/*
 * RMSNorm (Zhang and Sennrich 2019). x, out, dOut, dX: f32 [rows, width]; weight: f32 [width]; rstd: f32 [rows].
 *   rmsNorm                rstd = 1/√(mean x² + eps), out = x · rstd · weight                     a block per row
 *   rmsNormBackward        g = dOut·weight, dX += rstd · (g − x · rstd² · mean(g·x))              a block per row
 *   rmsNormBackwardWeight  dWeight += Σ_rows dOut · x · rstd                                       a block per 32 columns
 */
#include "column-sums.cuh"

KERNEL(256) rmsNorm(const float *x, const float *weight, float eps, float *out, float *rstd, int width) {
  __shared__ float scratch[32];
  const float *row = x + (i64)blockIdx.x * width;
  float squares = 0;
  for (int i = threadIdx.x; i < width; i += blockDim.x) squares += row[i] * row[i];
  float scale = 1.0f / sqrtf(blockSum(squares, scratch) / width + eps);
  if (threadIdx.x == 0) rstd[blockIdx.x] = scale;
  for (int i = threadIdx.x; i < width; i += blockDim.x) out[(i64)blockIdx.x * width + i] = row[i] * scale * weight[i];
}

KERNEL(256) rmsNormBackward(const float *x, const float *weight, const float *rstd, const float *dOut, float *dX, int width) {
  __shared__ float scratch[32];
  i64 start = (i64)blockIdx.x * width;
  float scale = rstd[blockIdx.x], projection = 0;
  for (int i = threadIdx.x; i < width; i += blockDim.x) projection += dOut[start + i] * weight[i] * x[start + i];
  float pull = scale * scale * blockSum(projection, scratch) / width;
  for (int i = threadIdx.x; i < width; i += blockDim.x)
    dX[start + i] += scale * (dOut[start + i] * weight[i] - x[start + i] * pull);
}

struct WeightTerms {
  const float *x, *rstd, *dOut;
  int width;
  DEVICE_METHOD float operator()(i64 row, int column) const {
    return dOut[row * width + column] * x[row * width + column] * rstd[row];
  }
};

KERNEL(288) rmsNormBackwardWeight(const float *x, const float *rstd, const float *dOut, float *dWeight, i64 rows, int width) {
  sumColumns(dWeight, rows, width, WeightTerms{x, rstd, dOut, width});
}
