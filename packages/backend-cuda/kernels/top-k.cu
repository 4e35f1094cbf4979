/*
 * The k greatest of each row in falling order, of equal ones the lower index first; a block per row.
 * x: f32 [rows, width]; values: f32 [rows, k]; indices: i32 [rows, k]. Rank after rank: the best of those behind the last one.
 */
#include "common.cuh"

/** Whether a stands before b: greater, or equal with the lower index. A NaN stands before everything. */
DEVICE bool before(float a, int i, float b, int j) {
  bool nanA = a != a, nanB = b != b;
  if (nanA || nanB) return nanA && (!nanB || i < j);
  return a > b || (a == b && i < j);
}

KERNEL(512) topK(const float *x, int width, int k, float *values, int *indices) {
  __shared__ float bestValues[32];
  __shared__ int bestIndices[32];
  const float *row = x + (i64)blockIdx.x * width;
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
  float lastValue = 0;
  int lastIndex = -1;
  for (int rank = 0; rank < k; rank++) {
    float value = -INFINITY;
    int index = 0x7fffffff;
    for (int i = threadIdx.x; i < width; i += blockDim.x) {
      bool free = rank == 0 || before(lastValue, lastIndex, row[i], i);
      if (free && before(row[i], i, value, index)) value = row[i], index = i;
    }
    for (int level = 0; level < 2; level++) {
      for (int distance = 16; distance > 0; distance >>= 1) {
        float otherValue = __shfl_xor_sync(FULL_WARP, value, distance);
        int otherIndex = __shfl_xor_sync(FULL_WARP, index, distance);
        if (before(otherValue, otherIndex, value, index)) value = otherValue, index = otherIndex;
      }
      if (level == 1) break;
      __syncthreads(); // the last rank's winners were read
      if (lane == 0) bestValues[warp] = value, bestIndices[warp] = index;
      __syncthreads();
      value = lane < warps ? bestValues[lane] : -INFINITY;
      index = lane < warps ? bestIndices[lane] : 0x7fffffff;
    }
    lastValue = value;
    lastIndex = index;
    if (threadIdx.x == 0) values[(i64)blockIdx.x * k + rank] = value, indices[(i64)blockIdx.x * k + rank] = index;
  }
}
