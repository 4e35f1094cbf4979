/*
 * The likelihoods of a chunk of rows, a block per row, and in place their gradients.
 * logits: f32 [rows, words]; targets: i32 [rows]; logProbs[t] = logits[t, target] − log Σ exp; correct[t] = 1 when the target
 * has the greatest logit, the first of equal ones. With slopes g: logits ← g · (onehot − softmax).
 */
#include "common.cuh"

struct Best {
  float value;
  int index;
};

/** The greater one; of equal ones the lower index; a NaN wins, so that it comes through. */
DEVICE Best better(Best a, Best b) {
  if (a.value != a.value) return a;
  if (b.value != b.value) return b;
  if (a.value != b.value) return a.value > b.value ? a : b;
  return a.index <= b.index ? a : b;
}

KERNEL(512) crossEntropy(float *logits, const int *targets, float *logProbs, int *correct, const float *slopes, int words) {
  __shared__ float sums[32];
  __shared__ Best bests[32];
  float *row = logits + (i64)blockIdx.x * words;
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
  Best best = {-INFINITY, 0x7fffffff};
  for (int i = threadIdx.x; i < words; i += blockDim.x) best = better(best, {row[i], i});
  for (int level = 0; level < 2; level++) {
    for (int distance = 16; distance > 0; distance >>= 1) {
      Best other = {__shfl_xor_sync(FULL_WARP, best.value, distance), __shfl_xor_sync(FULL_WARP, best.index, distance)};
      best = better(best, other);
    }
    if (level == 1) break;
    if (lane == 0) bests[warp] = best;
    __syncthreads();
    best = lane < warps ? bests[lane] : Best{-INFINITY, 0x7fffffff};
  }
  float sum = 0;
  for (int i = threadIdx.x; i < words; i += blockDim.x) sum += expf(row[i] - best.value);
  float total = best.value + logf(blockSum(sum, sums));
  int target = targets[blockIdx.x];
  if (threadIdx.x == 0) {
    logProbs[blockIdx.x] = row[target] - total;
    correct[blockIdx.x] = best.index == target;
  }
  if (!slopes) return;
  __syncthreads(); // the target's logit was read
  float slope = slopes[blockIdx.x];
  for (int i = threadIdx.x; i < words; i += blockDim.x)
    row[i] = slope * ((i == target ? 1.0f : 0.0f) - expf(row[i] - total));
}
