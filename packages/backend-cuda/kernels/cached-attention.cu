/*
 * Attention of new tokens over a KV cache. q, out: [N, H, d]; kCache, vCache: [slotCount, capacity, K, d]; slots, positions:
 * i32 [N]. Row n sees cache rows max(0, positions[n] − window + 1) … positions[n] of its slot (window 0: from 0).
 * A block has one row and one head. Its 8 warps take keys in turn, a lane having every 32nd element of the vectors; each keeps a
 * running softmax, and the first warp joins the eight in their order.
 */
#include "common.cuh"

#define WARPS 8
#define MAX_HEAD_DIM 256
#define PER_LANE (MAX_HEAD_DIM / 32)

KERNEL(256) cachedAttention(const float *q, const float *kCache, const float *vCache, const int *slots, const int *positions, float *out,
                            int heads, int kvHeads, int d, int capacity, float scale, int window) {
  __shared__ float sums[WARPS][MAX_HEAD_DIM], greatest[WARPS], totals[WARPS];
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  int n = blockIdx.x, head = blockIdx.y, kvHead = head * kvHeads / heads;
  int last = positions[n], first = window > 0 && last - window + 1 > 0 ? last - window + 1 : 0;
  const float *query = q + ((i64)n * heads + head) * d;
  i64 cache = ((i64)slots[n] * capacity * kvHeads + kvHead) * d;

  float own[PER_LANE], sum[PER_LANE] = {}, most = -INFINITY, total = 0;
#pragma unroll
  for (int e = 0; e < PER_LANE; e++) own[e] = lane + 32 * e < d ? query[lane + 32 * e] : 0.0f;
  for (int j = first + warp; j <= last; j += WARPS) {
    i64 row = cache + (i64)j * kvHeads * d;
    float score = 0;
#pragma unroll
    for (int e = 0; e < PER_LANE; e++)
      if (lane + 32 * e < d) score += own[e] * kCache[row + lane + 32 * e];
    score = scale * warpSum(score);
    float greater = score <= most ? most : score;
    float shrink = expf(most - greater), weight = expf(score - greater);
    most = greater;
    total = total * shrink + weight;
#pragma unroll
    for (int e = 0; e < PER_LANE; e++)
      if (lane + 32 * e < d) sum[e] = sum[e] * shrink + weight * vCache[row + lane + 32 * e];
  }
#pragma unroll
  for (int e = 0; e < PER_LANE; e++)
    if (lane + 32 * e < d) sums[warp][lane + 32 * e] = sum[e];
  if (lane == 0) greatest[warp] = most, totals[warp] = total;
  __syncthreads();
  float all = greatest[0];
  for (int w = 1; w < WARPS; w++) all = greatest[w] <= all ? all : greatest[w];
  float whole = 0;
  for (int w = 0; w < WARPS; w++) whole += totals[w] == 0 ? 0.0f : totals[w] * expf(greatest[w] - all);
  for (int x = threadIdx.x; x < d; x += blockDim.x) {
    float value = 0;
    for (int w = 0; w < WARPS; w++) value += totals[w] == 0 ? 0.0f : sums[w][x] * expf(greatest[w] - all);
    out[((i64)n * heads + head) * d + x] = value / whole;
  }
}
