/*
 * The gradients of attention.cu, in f32: P = exp(scale·q·kᵀ − lse), dP = dOut·vᵀ, dS = P ⊙ (dP − delta),
 * delta = rowsum(dOut ⊙ out); dQ = scale·dS·k; dK = scale·dSᵀ·q; dV = Pᵀ·dOut. Nothing is added from two blocks:
 *   attentionDelta        delta [T, H], a thread per row: summed like dP, so that one key gives a dS of exactly zero
 *   attentionDQ           a block has TILE queries of a head and walks over their keys
 *   attentionDKv          a block has TILE keys of a key head and walks over the queries of all heads that read it
 * Shared: four tiles of TILE rows of d + 1 floats, and TILE rows of TILE + 1 for dS (and P).
 */
#include "common.cuh"

#define MAX_COLUMNS 16

/** Rows first … first + TILE − 1 of one head, zero behind the limit. x: [T, heads, d]. */
template <int TILE>
DEVICE void loadRows(float *tile, const float *x, int start, int first, int limit, int heads, int head, int d) {
  for (int e = threadIdx.x; e < TILE * d; e += 256) {
    int i = e / d, column = e % d;
    tile[i * (d + 1) + column] = first + i < limit ? x[((i64)(start + first + i) * heads + head) * d + column] : 0.0f;
  }
}

DEVICE float dotRows(const float *a, const float *b, int d) {
  float sum = 0;
  for (int x = 0; x < d; x++) sum += a[x] * b[x];
  return sum;
}

KERNEL(256) attentionDelta(const float *out, const float *dOut, float *delta, i64 rows, int d) {
  i64 row = threadOfGrid();
  if (row < rows) delta[row] = dotRows(dOut + row * d, out + row * d, d);
}

template <int TILE>
DEVICE void gradientOfQueries(const float *q, const float *k, const float *v, const float *lse, const float *delta, const float *dOut,
                              float *dQ, const int *cuSeqlens, int heads, int kvHeads, int d, float scale, int window) {
  constexpr int STEP = TILE / 16;
  DYNAMIC_SHARED(float, shared);
  int pitch = d + 1, size = TILE * pitch;
  float *tileQ = shared, *tileDOut = tileQ + size, *tileK = tileDOut + size, *tileV = tileK + size, *tileDS = tileV + size;
  int head = blockIdx.y, kvHead = head * kvHeads / heads;
  int start = cuSeqlens[blockIdx.z], length = cuSeqlens[blockIdx.z + 1] - start;
  int query0 = blockIdx.x * TILE;
  if (query0 >= length) return;
  int ty = threadIdx.x / 16, tx = threadIdx.x % 16;
  loadRows<TILE>(tileQ, q, start, query0, length, heads, head, d);
  loadRows<TILE>(tileDOut, dOut, start, query0, length, heads, head, d);
  float sums[STEP][MAX_COLUMNS] = {};

  int end = query0 + TILE < length ? query0 + TILE : length;
  int firstKey = window > 0 && query0 - window + 1 > 0 ? query0 - window + 1 : 0;
  for (int key0 = firstKey / TILE * TILE; key0 < end; key0 += TILE) {
    __syncthreads(); // the last tile was read
    loadRows<TILE>(tileK, k, start, key0, length, kvHeads, kvHead, d);
    loadRows<TILE>(tileV, v, start, key0, length, kvHeads, kvHead, d);
    __syncthreads();
    for (int y = 0; y < STEP; y++)
      for (int z = 0; z < STEP; z++) {
        int i = ty * STEP + y, j = tx + 16 * z, query = query0 + i, key = key0 + j;
        float dScore = 0;
        if (query < length && key <= query && (window == 0 || key > query - window)) {
          i64 row = (i64)(start + query) * heads + head;
          float probability = expf(scale * dotRows(tileQ + i * pitch, tileK + j * pitch, d) - lse[row]);
          dScore = probability * (dotRows(tileDOut + i * pitch, tileV + j * pitch, d) - delta[row]);
        }
        tileDS[i * (TILE + 1) + j] = dScore;
      }
    __syncthreads();
#pragma unroll
    for (int y = 0; y < STEP; y++)
#pragma unroll
      for (int c = 0; c < MAX_COLUMNS; c++) {
        int i = ty * STEP + y, x = tx + 16 * c;
        if (x >= d) break;
        for (int j = 0; j < TILE; j++) sums[y][c] += tileDS[i * (TILE + 1) + j] * tileK[j * pitch + x];
      }
  }
#pragma unroll
  for (int y = 0; y < STEP; y++)
#pragma unroll
    for (int c = 0; c < MAX_COLUMNS; c++) {
      int query = query0 + ty * STEP + y, x = tx + 16 * c;
      if (query >= length || x >= d) break;
      dQ[((i64)(start + query) * heads + head) * d + x] = scale * sums[y][c];
    }
}

template <int TILE>
DEVICE void gradientOfKeys(const float *q, const float *k, const float *v, const float *lse, const float *delta, const float *dOut,
                           float *dK, float *dV, const int *cuSeqlens, int heads, int kvHeads, int d, float scale, int window) {
  constexpr int STEP = TILE / 16;
  DYNAMIC_SHARED(float, shared);
  int pitch = d + 1, size = TILE * pitch;
  float *tileK = shared, *tileV = tileK + size, *tileQ = tileV + size, *tileDOut = tileQ + size;
  float *tileP = tileDOut + size, *tileDS = tileP + TILE * (TILE + 1);
  int kvHead = blockIdx.y, group = heads / kvHeads;
  int start = cuSeqlens[blockIdx.z], length = cuSeqlens[blockIdx.z + 1] - start;
  int key0 = blockIdx.x * TILE;
  if (key0 >= length) return;
  int ty = threadIdx.x / 16, tx = threadIdx.x % 16;
  loadRows<TILE>(tileK, k, start, key0, length, kvHeads, kvHead, d);
  loadRows<TILE>(tileV, v, start, key0, length, kvHeads, kvHead, d);
  float sumsK[STEP][MAX_COLUMNS] = {}, sumsV[STEP][MAX_COLUMNS] = {};

  // The last query that sees a key of the tile.
  int lastQuery = window > 0 && key0 + TILE - 2 + window < length - 1 ? key0 + TILE - 2 + window : length - 1;
  for (int head = kvHead * group; head < (kvHead + 1) * group; head++)
    for (int query0 = key0; query0 <= lastQuery; query0 += TILE) {
      __syncthreads(); // the last tile was read
      loadRows<TILE>(tileQ, q, start, query0, length, heads, head, d);
      loadRows<TILE>(tileDOut, dOut, start, query0, length, heads, head, d);
      __syncthreads();
      for (int y = 0; y < STEP; y++)
        for (int z = 0; z < STEP; z++) {
          int i = ty * STEP + y, j = tx + 16 * z, query = query0 + i, key = key0 + j;
          float probability = 0, dScore = 0;
          if (query < length && key <= query && (window == 0 || key > query - window)) {
            i64 row = (i64)(start + query) * heads + head;
            probability = expf(scale * dotRows(tileQ + i * pitch, tileK + j * pitch, d) - lse[row]);
            dScore = probability * (dotRows(tileDOut + i * pitch, tileV + j * pitch, d) - delta[row]);
          }
          tileP[i * (TILE + 1) + j] = probability;
          tileDS[i * (TILE + 1) + j] = dScore;
        }
      __syncthreads();
#pragma unroll
      for (int y = 0; y < STEP; y++)
#pragma unroll
        for (int c = 0; c < MAX_COLUMNS; c++) {
          int j = ty * STEP + y, x = tx + 16 * c;
          if (x >= d) break;
          for (int i = 0; i < TILE; i++) {
            sumsK[y][c] += tileDS[i * (TILE + 1) + j] * tileQ[i * pitch + x];
            sumsV[y][c] += tileP[i * (TILE + 1) + j] * tileDOut[i * pitch + x];
          }
        }
    }
#pragma unroll
  for (int y = 0; y < STEP; y++)
#pragma unroll
    for (int c = 0; c < MAX_COLUMNS; c++) {
      int key = key0 + ty * STEP + y, x = tx + 16 * c;
      if (key >= length || x >= d) break;
      i64 at = ((i64)(start + key) * kvHeads + kvHead) * d + x;
      dK[at] = scale * sumsK[y][c];
      dV[at] = sumsV[y][c];
    }
}

#define BACKWARD_PARAMETERS                                                                                                  \
  const float *q, const float *k, const float *v, const float *lse, const float *delta, const float *dOut
#define LAYOUT_PARAMETERS const int *cuSeqlens, int heads, int kvHeads, int d, float scale, int window

KERNEL(256) attentionDQ32(BACKWARD_PARAMETERS, float *dQ, LAYOUT_PARAMETERS) {
  gradientOfQueries<32>(q, k, v, lse, delta, dOut, dQ, cuSeqlens, heads, kvHeads, d, scale, window);
}

KERNEL(256) attentionDQ16(BACKWARD_PARAMETERS, float *dQ, LAYOUT_PARAMETERS) {
  gradientOfQueries<16>(q, k, v, lse, delta, dOut, dQ, cuSeqlens, heads, kvHeads, d, scale, window);
}

KERNEL(256) attentionDKv32(BACKWARD_PARAMETERS, float *dK, float *dV, LAYOUT_PARAMETERS) {
  gradientOfKeys<32>(q, k, v, lse, delta, dOut, dK, dV, cuSeqlens, heads, kvHeads, d, scale, window);
}

KERNEL(256) attentionDKv16(BACKWARD_PARAMETERS, float *dK, float *dV, LAYOUT_PARAMETERS) {
  gradientOfKeys<16>(q, k, v, lse, delta, dOut, dK, dV, cuSeqlens, heads, kvHeads, d, scale, window);
}
