/*
 * NF4 matrices [rows, columns], flattened and cut into blocks (formula in nf4.cuh).
 *   nf4ToF32, nf4ToBf16   decode; a thread takes 8 values, which share a block. Rows of the bf16 form are padded with zeros
 *                         to `stride` elements: the operands of gemm-bf16.cu
 *   nf4Quantize           the exact rule of bitsandbytes, one warp per block of values: full blocks multiply by 1/absmax, a
 *                         partial one divides; nibble = number of midpoints that the value exceeds; zero blocks get 7
 */
#include "nf4.cuh"

KERNEL(256) nf4ToF32(NF4_PARAMETERS, float *out, i64 size) {
  __shared__ float code[16];
  loadNf4Code(code);
  __syncthreads();
  Nf4Matrix matrix = NF4_MATRIX;
  for (i64 first = threadOfGrid() * 8; first < size; first += threadsOfGrid() * 8) {
    float scale = nf4Scale(matrix, first / blockSize);
    for (int i = 0; i < 8 && first + i < size; i++) {
      u32 byte = packed[(first + i) >> 1];
      out[first + i] = code[i & 1 ? byte & 15u : byte >> 4] * scale;
    }
  }
}

KERNEL(256) nf4ToBf16(NF4_PARAMETERS, bf16 *out, i64 size, int columns, int stride) {
  __shared__ float code[16];
  loadNf4Code(code);
  __syncthreads();
  Nf4Matrix matrix = NF4_MATRIX;
  for (i64 first = threadOfGrid() * 8; first < size; first += threadsOfGrid() * 8) {
    float scale = nf4Scale(matrix, first / blockSize);
    i64 row = first / columns;
    int column = (int)(first - row * columns);
    if (columns % 8 == 0) {
      // Eight values of one row, their bytes and their place aligned: one load, one store.
      u32 bytes = *(const u32 *)(packed + (first >> 1));
      u32 pairs[4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        u32 byte = bytes >> (8 * i) & 255u;
        pairs[i] = toBf16(code[byte >> 4] * scale) | (u32)toBf16(code[byte & 15u] * scale) << 16;
      }
      *(uint4 *)(out + row * stride + column) = make_uint4(pairs[0], pairs[1], pairs[2], pairs[3]);
      continue;
    }
    for (int i = 0; i < 8 && first + i < size; i++) {
      u32 byte = packed[(first + i) >> 1];
      out[row * stride + column] = toBf16(code[i & 1 ? byte & 15u : byte >> 4] * scale);
      if (++column < columns) continue;
      for (; column < stride; column++) out[row * stride + column] = 0;
      column = 0;
      row++;
    }
  }
}

/** The f32 midpoints of neighbouring codes that lie below the value, counted. */
DEVICE u32 nibbleOf(float scaled, const float *code) {
  u32 count = 0;
  for (int i = 0; i < 15; i++) count += scaled > (code[i] + code[i + 1]) * 0.5f;
  return count;
}

KERNEL(256) nf4Quantize(const float *values, i64 size, int blockSize, u8 *packed, float *absmax) {
  __shared__ float code[16];
  loadNf4Code(code);
  __syncthreads();
  int lane = threadIdx.x & 31, warps = blockDim.x >> 5;
  i64 blocks = (size + blockSize - 1) / blockSize;
  for (i64 block = (i64)blockIdx.x * warps + (threadIdx.x >> 5); block < blocks; block += (i64)gridDim.x * warps) {
    i64 start = block * blockSize, end = start + blockSize < size ? start + blockSize : size;
    float largest = 0;
    // The comparisons let a NaN through: a broken weight stays visible after quantisation.
    for (i64 i = start + lane; i < end; i += 32) largest = fabsf(values[i]) <= largest ? largest : fabsf(values[i]);
    for (int distance = 16; distance > 0; distance >>= 1) {
      float other = __shfl_xor_sync(FULL_WARP, largest, distance);
      largest = largest != largest || other <= largest ? largest : other;
    }
    if (lane == 0) absmax[block] = largest;
    float reciprocal = 1.0f / largest;
    bool full = end - start == blockSize;
    for (i64 i = start + 2 * lane; i < end; i += 64) {
      u32 byte = 0;
      for (int half = 0; half < 2; half++) {
        u32 nibble = 7;
        if (i + half < end && largest != 0) {
          float value = values[i + half];
          nibble = nibbleOf(full ? value * reciprocal : value / largest, code);
        }
        byte = byte << 4 | nibble;
      }
      packed[i >> 1] = (u8)byte;
    }
  }
}
