/*
 * NormalFloat4 (Dettmers et al. 2023, QLoRA §3): byte i holds values 2i (high nibble) and 2i+1; value = code · scale of its
 * block. Under double quantisation scale = map[codes[block]] · nested[block / nestedBlockSize] + offset, rounded after
 * each step. The 16 code values are those that bitsandbytes ships.
 */
#pragma once
#include "common.cuh"

/** An NF4 matrix; absmax is null under double quantisation. */
#define NF4_PARAMETERS                                                                                             \
  const u8 *packed, int blockSize, const float *absmax, const u8 *codes, const float *nested, int nestedBlockSize, \
      float offset, const float *map

struct Nf4Matrix {
  const u8 *packed;
  int blockSize;
  const float *absmax;
  const u8 *codes;
  const float *nested;
  int nestedBlockSize;
  float offset;
  const float *map;
};

#define NF4_MATRIX \
  Nf4Matrix { packed, blockSize, absmax, codes, nested, nestedBlockSize, offset, map }

DEVICE float nf4Scale(const Nf4Matrix &matrix, i64 block) {
  if (matrix.absmax) return matrix.absmax[block];
  return __fadd_rn(__fmul_rn(matrix.map[matrix.codes[block]], matrix.nested[block / matrix.nestedBlockSize]), matrix.offset);
}

static __device__ const float nf4Code[16] = {
    -1.0f,                 -0.6961928009986877f,  -0.5250730514526367f,  -0.39491748809814453f,
    -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
    0.07958029955625534f,  0.16093020141124725f,  0.24611230194568634f,  0.33791524171829224f,
    0.44070982933044434f,  0.5626170039176941f,   0.7229568362236023f,   1.0f};

/** Fills a shared table of 16; the block must synchronise before it is read. */
DEVICE void loadNf4Code(float *code) {
  if (threadIdx.x < 16) code[threadIdx.x] = nf4Code[threadIdx.x];
}
