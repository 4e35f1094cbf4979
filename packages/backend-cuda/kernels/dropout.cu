/*
 * One thread per group of four elements, which share the words of one counter.
 *   dropout      out = x where kept · scale, 0 elsewhere
 *   packBf16     out[row, column] = bf16(drop(x[row, column])), rows padded with zeros from `width` to `stride` elements:
 *                the operands of gemm-bf16.cu. Without dropout when threshold is 0 and scale 1.
 *   addDropped   out += drop(x)
 *   addNoise     out = x + scales[row] · (⌊word/2⁸⌋·2⁻²³ − 1), rows of `width` elements; product and sum rounded apart
 */
#include "philox.cuh"

DEVICE float dropped(float x, u32 word, u32 threshold, float scale) { return word >= threshold ? x * scale : x * 0.0f; }

KERNEL(256) dropout(const float *x, float *out, i64 size, u32 seed, u32 stream, u32 threshold, float scale) {
  i64 groups = (size + 3) / 4;
  for (i64 group = threadOfGrid(); group < groups; group += threadsOfGrid()) {
    PhiloxWords words = philox((u32)group, stream, seed);
    for (int lane = 0; lane < 4 && group * 4 + lane < size; lane++)
      out[group * 4 + lane] = dropped(x[group * 4 + lane], words.word[lane], threshold, scale);
  }
}

KERNEL(256) addDropped(const float *x, float *out, i64 size, u32 seed, u32 stream, u32 threshold, float scale) {
  i64 groups = (size + 3) / 4;
  for (i64 group = threadOfGrid(); group < groups; group += threadsOfGrid()) {
    PhiloxWords words = philox((u32)group, stream, seed);
    for (int lane = 0; lane < 4 && group * 4 + lane < size; lane++)
      out[group * 4 + lane] += dropped(x[group * 4 + lane], words.word[lane], threshold, scale);
  }
}

KERNEL(256) packBf16(const float *x, bf16 *out, i64 rows, int width, int stride, u32 seed, u32 stream, u32 threshold, float scale) {
  i64 size = rows * width, groups = (size + 3) / 4;
  for (i64 group = threadOfGrid(); group < groups; group += threadsOfGrid()) {
    PhiloxWords words = {{0, 0, 0, 0}};
    if (threshold > 0) words = philox((u32)group, stream, seed);
    i64 row = group * 4 / width;
    int column = (int)(group * 4 - row * width);
    for (int lane = 0; lane < 4 && group * 4 + lane < size; lane++) {
      out[row * stride + column] = toBf16(dropped(x[group * 4 + lane], words.word[lane], threshold, scale));
      if (++column < width) continue;
      for (; column < stride; column++) out[row * stride + column] = 0;
      column = 0;
      row++;
    }
  }
}

KERNEL(256) addNoise(const float *x, const float *scales, float *out, i64 size, int width, u32 seed, u32 stream) {
  i64 groups = (size + 3) / 4;
  for (i64 group = threadOfGrid(); group < groups; group += threadsOfGrid()) {
    PhiloxWords words = philox((u32)group, stream, seed);
    for (int lane = 0; lane < 4 && group * 4 + lane < size; lane++) {
      i64 i = group * 4 + lane;
      float unit = (float)(words.word[lane] >> 8) * (1.0f / 8388608.0f) - 1.0f;
      out[i] = __fadd_rn(x[i], __fmul_rn(scales[i / width], unit));
    }
  }
}
