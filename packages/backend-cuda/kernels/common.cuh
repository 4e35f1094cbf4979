/*
 * What every kernel uses. No header of the system or of CUDA is included, so that nvcc and NVRTC take the files as they are,
 * and a C++ compiler takes them with fake/device.h before them (the fake driver of the tests).
 */
#pragma once

typedef long long i64;
typedef unsigned int u32;
typedef unsigned char u8;
/** The upper 16 bits of an f32. */
typedef unsigned short bf16;

/** A kernel with its number of threads per block; the build reads both, and the parameters, from here. */
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads)
#define DEVICE static __device__ __forceinline__
#define DEVICE_METHOD __device__ __forceinline__

#ifndef INFINITY // NVRTC has no headers
#define INFINITY __uint_as_float(0x7f800000u)
#endif

#ifndef BZ_HOST
/** The block's dynamic shared memory, 16-byte aligned. */
#define DYNAMIC_SHARED(type, name)                               \
  extern __shared__ __align__(16) unsigned char dynamicShared[]; \
  type *name = (type *)dynamicShared
#endif

#define FULL_WARP 0xffffffffu

DEVICE i64 threadOfGrid() { return (i64)blockIdx.x * blockDim.x + threadIdx.x; }
DEVICE i64 threadsOfGrid() { return (i64)gridDim.x * blockDim.x; }

DEVICE float fromBf16(bf16 bits) { return __uint_as_float((u32)bits << 16); }

/** To nearest even; a NaN stays one. */
DEVICE bf16 toBf16(float value) {
  u32 bits = __float_as_uint(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (bf16)(bits >> 16 | 0x40u);
  return (bf16)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

DEVICE float valueOf(float value) { return value; }
DEVICE float valueOf(bf16 bits) { return fromBf16(bits); }

/** The same bits in every lane: the order is fixed. */
template <class Number> DEVICE Number warpSum(Number value) {
  for (int distance = 16; distance > 0; distance >>= 1) value += __shfl_xor_sync(FULL_WARP, value, distance);
  return value;
}

/** The sum over a block of whole warps, in every thread. `scratch` holds 32 numbers. */
template <class Number> DEVICE Number blockSum(Number value, Number *scratch) {
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
  value = warpSum(value);
  __syncthreads(); // an earlier sum may still be read
  if (lane == 0) scratch[warp] = value;
  __syncthreads();
  return warpSum(lane < warps ? scratch[lane] : (Number)0);
}
