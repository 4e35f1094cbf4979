/*
 * The k greatest of each row in falling order, of equal ones the lower index first, NaN before everything; a block per row.
 * x: f32 [rows, width]; values: f32 [rows, k]; indices: i32 [rows, k]; chosen: scratch, 64-bit [rows, k].
 *
 * Value and index together are one whole number, all of them different, greater ones first. The k-th is found digit by digit, from the highest
 * of eight of 8 bits: a histogram of the numbers that begin like it says which digit comes next (a radix select), until all
 * that begin so are wanted. The k that are not below it are gathered and each put where as many greater ones are.
 */
#include "common.cuh"

typedef unsigned long long u64;

/** In the order of the values, a NaN above all; equal values by falling index. */
DEVICE u64 rankOf(float value, int index) {
  u32 bits = __float_as_uint(value == 0.0f ? 0.0f : value);
  u32 order = value != value ? 0xffffffffu : bits & 0x80000000u ? ~bits : bits | 0x80000000u;
  return (u64)order << 32 | (u32)~index;
}

KERNEL(512) topK(const float *x, int width, int k, float *values, int *indices, u64 *chosen) {
  __shared__ int counts[256];
  __shared__ u64 prefix;
  __shared__ int wanted, done, gathered;
  const float *row = x + (i64)blockIdx.x * width;
  chosen += (i64)blockIdx.x * k;
  if (threadIdx.x == 0) prefix = 0, wanted = k, done = 0, gathered = 0;
  int shift = 56;
  for (;; shift -= 8) {
    for (int i = threadIdx.x; i < 256; i += blockDim.x) counts[i] = 0;
    __syncthreads();
    for (int i = threadIdx.x; i < width; i += blockDim.x) {
      u64 rank = rankOf(row[i], i);
      if (shift == 56 || rank >> (shift + 8) == prefix >> (shift + 8)) atomicAdd(&counts[rank >> shift & 255], 1);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      int digit = 255;
      while (counts[digit] < wanted) wanted -= counts[digit--];
      prefix |= (u64)digit << shift;
      done = counts[digit] == wanted;
    }
    __syncthreads();
    if (done || shift == 0) break;
  }
  for (int i = threadIdx.x; i < width; i += blockDim.x) {
    u64 rank = rankOf(row[i], i);
    if (rank >= prefix) chosen[atomicAdd(&gathered, 1)] = rank;
  }
  __syncthreads();
  for (int i = threadIdx.x; i < k; i += blockDim.x) {
    u64 rank = chosen[i];
    int place = 0;
    for (int other = 0; other < k; other++) place += chosen[other] > rank;
    int index = (int)~(u32)rank;
    values[(i64)blockIdx.x * k + place] = row[index];
    indices[(i64)blockIdx.x * k + place] = index;
  }
}
