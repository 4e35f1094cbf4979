/*
 * CUDA's language for a C++ compiler: put before a kernel's source, it makes a program of it that the fake driver runs. Every
 * thread of a block is a fiber (fibers.cpp); shared memory is static, because one block runs at a time.
 */
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include "fibers.h"
#include "registration.h"

#define BZ_HOST 1
#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(threads)
#define __shared__ static
#define __align__(bytes) __attribute__((aligned(bytes)))
#define DYNAMIC_SHARED(type, name) type *name = (type *)fake::dynamicShared

#define threadIdx (fake::current->index)
#define blockIdx fake::blockIndex
#define blockDim fake::blockSize
#define gridDim fake::gridSize
#define __syncthreads fake::barrier

struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

static inline unsigned __float_as_uint(float value) {
  unsigned bits;
  memcpy(&bits, &value, 4);
  return bits;
}
static inline float __uint_as_float(unsigned bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}
/* Compiled without contraction: a product and a sum are rounded one by one anyway. */
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((uint64_t)a * b >> 32); }

/** One thread runs at a time. */
static inline int atomicAdd(int *address, int value) {
  int before = *address;
  *address += value;
  return before;
}

/** The value of the lane `lane ^ distance`. */
template <class Value> static inline Value __shfl_xor_sync(unsigned, Value mine, int distance) {
  const fake::Slot *slots = fake::exchange(&mine, sizeof mine);
  Value theirs;
  memcpy(&theirs, slots[(threadIdx.x & 31) ^ distance].bytes, sizeof theirs);
  return theirs;
}

/*
 * The instructions of kernels/tensor-core.cuh. Registers of m16n8k16 among lanes, with g = lane / 4 and t = lane mod 4:
 * a0 … a3 hold rows g, g + 8, g, g + 8 and columns 2t and 2t + 1, the last two shifted by 8; b0, b1 hold rows 2t and 2t + 1,
 * shifted by 8 in b1, of column g; d0 … d3 hold row g (g + 8 in d2, d3) and columns 2t, 2t + 1.
 */
static inline float fakeFromBf16(unsigned pair, int half) { return __uint_as_float((half ? pair >> 16 : pair & 0xffffu) << 16); }

static inline void mmaBf16(float *d, const unsigned *a, const unsigned *b) {
  unsigned mine[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
  const fake::Slot *slots = fake::exchange(mine, sizeof mine);
  unsigned all[32][6];
  for (int lane = 0; lane < 32; lane++) memcpy(all[lane], slots[lane].bytes, sizeof mine);
  int g = (threadIdx.x & 31) / 4, t = threadIdx.x % 4;
  for (int e = 0; e < 4; e++) {
    int row = g + e / 2 * 8, column = 2 * t + e % 2;
    float sum = 0;
    for (int k = 0; k < 16; k++) {
      unsigned left = all[row % 8 * 4 + k % 8 / 2][row / 8 + k / 8 * 2], right = all[column * 4 + k % 8 / 2][4 + k / 8];
      sum += fakeFromBf16(left, k % 2) * fakeFromBf16(right, k % 2);
    }
    d[e] += sum;
  }
}

static inline void fakeLoadMatrices(unsigned *out, const unsigned short *row, bool transposed) {
  const fake::Slot *slots = fake::exchange(&row, sizeof row);
  int g = (threadIdx.x & 31) / 4, t = threadIdx.x % 4;
  for (int matrix = 0; matrix < 4; matrix++) {
    unsigned halves[2];
    for (int half = 0; half < 2; half++) {
      int y = transposed ? 2 * t + half : g, x = transposed ? g : 2 * t + half;
      const unsigned short *source;
      memcpy(&source, slots[matrix * 8 + y].bytes, sizeof source);
      if ((uintptr_t)source % 16 != 0) fake::fail("ldmatrix: a row is not aligned to 16 bytes");
      halves[half] = source[x];
    }
    out[matrix] = halves[0] | halves[1] << 16;
  }
}
static inline void loadMatrices(unsigned *out, const unsigned short *row) { fakeLoadMatrices(out, row, false); }
static inline void loadMatricesTransposed(unsigned *out, const unsigned short *row) { fakeLoadMatrices(out, row, true); }

static inline void copyAsync(void *shared, const void *global, bool inside) {
  if ((uintptr_t)shared % 16 != 0 || (uintptr_t)global % 16 != 0) fake::fail("cp.async: an address is not aligned to 16 bytes");
  fake::startCopy(shared, inside ? global : nullptr);
}
static inline void commitCopies() { fake::commitCopies(); }
template <int PENDING> static inline void waitForCopies() { fake::waitForCopies(PENDING); }
