/*
 * Rows of a weight matrix as f32, whatever it is stored in: f32 as they lie, bf16 widened, NF4 decoded.
 *
 * NF4 (Dettmers et al. 2023): the matrix is flattened; byte i holds values 2i (high nibble) and 2i+1;
 * value = code[nibble] · absmax[block], with absmax given or absmax = map[codes[b]] · nested[b / nested_block] + offset.
 */
#ifndef BZ_WEIGHTS_H
#define BZ_WEIGHTS_H
#include "platform.h"

enum { FORMAT_F32, FORMAT_BF16, FORMAT_NF4 };

typedef struct {
  isize format;
  const void *data;
  /* Values per stored row. */
  isize columns;
  isize block;
  const float *absmax;
  /* Double quantisation, when codes is not null. */
  const u8 *codes;
  const float *nested;
  const float *map;
  float offset;
  isize nested_block;
} Weight;

/* How a weight crosses from TypeScript: see weight-arguments.ts. */
#define WEIGHT_PARAMETERS                                                                                              \
  isize format, const void *data, isize columns, isize block, const float *absmax, const u8 *codes,                    \
      const float *nested, const float *map, float offset, isize nested_block
#define WEIGHT_ARGUMENTS {format, data, columns, block, absmax, codes, nested, map, offset, nested_block}

static const float nf4_code[16] ALIGNED = {
    -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f,
    -0.18477343022823334f, -0.09105003625154495f, 0.0f, 0.07958029955625534f, 0.16093020141124725f,
    0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f};

#if defined(BZ_WASM)
/* Byte p of every value of nf4_code. */
#define NF4_BYTE_PLANES                                                                                                \
  {                                                                                                                    \
    {0, 177, 48, 160, 77, 63, 113, 0, 255, 227, 221, 58, 184, 171, 179, 0},  \
  {0, 57, 107, 50, 162, 53, 120, 0, 250, 202, 4, 3, 164, 7, 19, 0},  \
  {128, 50, 6, 202, 145, 61, 186, 0, 162, 36, 124, 173, 225, 16, 57, 128},  \
  {191, 191, 191, 190, 190, 190, 189, 0, 61, 62, 62, 62, 62, 63, 63, 63}}
#define ZIP_BYTES_LOW(a, b) wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_BYTES_HIGH(a, b) wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#endif

INLINE float block_scale(const Weight *w, isize b) {
  if (!w->codes) return w->absmax[b];
  float product = w->map[w->codes[b]] * w->nested[b / w->nested_block];
  return product + w->offset;
}

/* The scales of block after block: no division but for the first. */
typedef struct {
  const Weight *w;
  isize block, rest;
  const float *nested;
} ScaleReader;
INLINE ScaleReader scales_from(const Weight *w, isize b) {
  ScaleReader reader = {.w = w, .block = b};
  if (w->codes) {
    reader.nested = w->nested + b / w->nested_block;
    reader.rest = w->nested_block - b % w->nested_block;
  }
  return reader;
}
INLINE float next_scale(ScaleReader *reader) {
  const Weight *w = reader->w;
  isize b = reader->block++;
  if (!w->codes) return w->absmax[b];
  if (!reader->rest--) reader->nested++, reader->rest = w->nested_block - 1;
  float product = w->map[w->codes[b]] * *reader->nested;
  return product + w->offset;
}

#if defined(BZ_AVX512) || defined(BZ_AVX2)
#define NF4_SPLIT 1
/* W bytes: the values of their high nibbles and of their low ones, without the block's scale. */
INLINE void decode_split(const u8 *packed, V *first, V *second) {
#if defined(BZ_AVX512)
  __m512 table = _mm512_load_ps(nf4_code);
  __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)packed));
  *first = (V)_mm512_permutexvar_ps(_mm512_srli_epi32(bytes, 4), table);
  *second = (V)_mm512_permutexvar_ps(bytes, table);
#else
  __m256 low = _mm256_load_ps(nf4_code), high = _mm256_load_ps(nf4_code + 8);
  __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)packed));
  __m256i shifted = _mm256_srli_epi32(bytes, 4);
  /* Bit 3 of the nibble, as the sign, chooses the half of the table. */
  *first = (V)_mm256_blendv_ps(_mm256_permutevar8x32_ps(low, shifted), _mm256_permutevar8x32_ps(high, shifted),
                               _mm256_castsi256_ps(_mm256_slli_epi32(shifted, 28)));
  *second = (V)_mm256_blendv_ps(_mm256_permutevar8x32_ps(low, bytes), _mm256_permutevar8x32_ps(high, bytes),
                                _mm256_castsi256_ps(_mm256_slli_epi32(bytes, 28)));
#endif
}
#else
#define NF4_SPLIT 0
#endif

/* `pairs` whole bytes. */
INLINE void decode_pairs(const u8 *packed, isize pairs, float scale, float *out) {
  isize i = 0;
#if NF4_SPLIT
  V factor = splat(scale), first, second;
  for (; i + W <= pairs; i += W) {
    decode_split(packed + i, &first, &second);
    first *= factor;
    second *= factor;
    store(out + 2 * i, zip_low(first, second));
    store(out + 2 * i + W, zip_high(first, second));
  }
#elif defined(BZ_WASM)
  /* 16 look-ups at a time in each of the four bytes of a value, then the bytes are put together. */
  static const u8 planes[4][16] ALIGNED = NF4_BYTE_PLANES;
  v128_t factor = wasm_f32x4_splat(scale);
  for (; i + 8 <= pairs; i += 8) {
    v128_t bytes = wasm_v128_load64_zero(packed + i), low_bits = wasm_i8x16_splat(15);
    v128_t nibbles = wasm_i8x16_shuffle(wasm_u8x16_shr(bytes, 4), wasm_v128_and(bytes, low_bits), 0, 16, 1, 17, 2, 18,
                                        3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    v128_t plane[4];
    UNROLL for (int p = 0; p < 4; p++) plane[p] = wasm_i8x16_swizzle(wasm_v128_load(planes[p]), nibbles);
    UNROLL for (int half = 0; half < 2; half++) {
      v128_t lower = half ? ZIP_BYTES_HIGH(plane[0], plane[1]) : ZIP_BYTES_LOW(plane[0], plane[1]);
      v128_t upper = half ? ZIP_BYTES_HIGH(plane[2], plane[3]) : ZIP_BYTES_LOW(plane[2], plane[3]);
      v128_t first = wasm_i16x8_shuffle(lower, upper, 0, 8, 1, 9, 2, 10, 3, 11);
      v128_t second = wasm_i16x8_shuffle(lower, upper, 4, 12, 5, 13, 6, 14, 7, 15);
      wasm_v128_store(out + 2 * i + 8 * half, wasm_f32x4_mul(first, factor));
      wasm_v128_store(out + 2 * i + 8 * half + 4, wasm_f32x4_mul(second, factor));
    }
  }
#endif
  /* The 16 values of this block, then two look-ups a byte. */
  if (i < pairs) {
    float scaled[16];
    UNROLL for (int c = 0; c < 16; c++) scaled[c] = nf4_code[c] * scale;
    for (; i < pairs; i++) {
      out[2 * i] = scaled[packed[i] >> 4];
      out[2 * i + 1] = scaled[packed[i] & 15];
    }
  }
}

/* Values [start, start + n) of the flattened matrix. Blocks may begin and end anywhere in the range. */
static void nf4_range(const Weight *w, isize start, isize n, float *out) {
  const u8 *packed = w->data;
  isize at = start, end = start + n;
  isize b = at / w->block;
  while (at < end) {
    isize stop = min_i((b + 1) * w->block, end);
    float scale = block_scale(w, b++);
    if (at & 1) {
      *out++ = nf4_code[packed[at >> 1] & 15] * scale;
      at++;
    }
    isize pairs = (stop - at) >> 1;
    if (pairs > 0) decode_pairs(packed + (at >> 1), pairs, scale, out);
    out += 2 * pairs;
    at += 2 * pairs;
    if (at < stop) {
      *out++ = nf4_code[packed[at >> 1] >> 4] * scale;
      at++;
    }
  }
}

/* n values of a row from `column` on: a pointer into the matrix where it is f32, else to `buffer`. */
INLINE const float *weight_row(const Weight *w, isize row, isize column, isize n, float *buffer) {
  isize start = row * w->columns + column;
  if (w->format == FORMAT_F32) return (const float *)w->data + start;
  if (w->format == FORMAT_BF16) {
    const u16 *half = (const u16 *)w->data + start;
    for (isize i = 0; i < n; i++) buffer[i] = from_bf16(half[i]);
  } else {
    nf4_range(w, start, n, buffer);
  }
  return buffer;
}

#endif
