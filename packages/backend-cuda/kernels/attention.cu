/*
 * Causal attention inside each sequence of a packed batch, in f32, with a running softmax (Dao et al. 2022).
 * q, out: [T, H, d]; k, v: [T, K, d]; lse: [T, H]; query head h reads key head ⌊h·K/H⌋; with a window, key j is seen by
 * query i when i − window < j ≤ i (window 0: no limit).
 *
 * A block has TILE queries of one head (grid: tiles × heads × sequences; tiles behind the end of a sequence leave at once) and
 * walks over tiles of keys. Scores are TILE × TILE, each thread has (TILE/16)² of them and TILE/16 rows × d/16 columns of
 * the output. TILE is 32 for heads up to 128, 16 for heads up to 256.
 * Shared: q and k or v as TILE rows of d + 1 floats, scores as TILE rows of TILE + 1, and three floats per row.
 */
#include "common.cuh"

#define MAX_COLUMNS 16

template <int TILE>
DEVICE void attend(const float *q, const float *k, const float *v, float *out, float *lse, const int *cuSeqlens, int heads, int kvHeads,
                   int d, float scale, int window) {
  constexpr int STEP = TILE / 16;
  DYNAMIC_SHARED(float, shared);
  int pitch = d + 1;
  float *tileQ = shared, *tileKv = tileQ + TILE * pitch, *scores = tileKv + TILE * pitch;
  float *greatest = scores + TILE * (TILE + 1), *total = greatest + TILE, *shrink = total + TILE;

  int head = blockIdx.y, kvHead = head * kvHeads / heads;
  int start = cuSeqlens[blockIdx.z], length = cuSeqlens[blockIdx.z + 1] - start;
  int query0 = blockIdx.x * TILE;
  if (query0 >= length) return;
  int queries = length - query0 < TILE ? length - query0 : TILE;
  int ty = threadIdx.x / 16, tx = threadIdx.x % 16;

  for (int e = threadIdx.x; e < TILE * d; e += 256) {
    int i = e / d, x = e % d;
    tileQ[i * pitch + x] = i < queries ? q[((i64)(start + query0 + i) * heads + head) * d + x] : 0.0f;
  }
  if (threadIdx.x < TILE) greatest[threadIdx.x] = -INFINITY, total[threadIdx.x] = 0;
  float sums[STEP][MAX_COLUMNS] = {};

  int firstKey = window > 0 && query0 - window + 1 > 0 ? query0 - window + 1 : 0;
  for (int key0 = firstKey / TILE * TILE; key0 < query0 + queries; key0 += TILE) {
    __syncthreads(); // the values of the last tile were read
    for (int e = threadIdx.x; e < TILE * d; e += 256) {
      int j = e / d, x = e % d;
      tileKv[j * pitch + x] = key0 + j < length ? k[((i64)(start + key0 + j) * kvHeads + kvHead) * d + x] : 0.0f;
    }
    __syncthreads();
#pragma unroll
    for (int y = 0; y < STEP; y++)
#pragma unroll
      for (int z = 0; z < STEP; z++) {
        int i = ty * STEP + y, j = tx + 16 * z;
        float dot = 0;
        for (int x = 0; x < d; x++) dot += tileQ[i * pitch + x] * tileKv[j * pitch + x];
        int query = query0 + i, key = key0 + j;
        bool seen = i < queries && key <= query && (window == 0 || key > query - window);
        scores[i * (TILE + 1) + j] = seen ? scale * dot : -INFINITY;
      }
    __syncthreads();
    // One thread per row keeps the greatest score and the sum; the values come into the place of the keys meanwhile.
    if (threadIdx.x < TILE) {
      float *row = scores + threadIdx.x * (TILE + 1);
      float before = greatest[threadIdx.x], most = before, sum = 0;
      for (int j = 0; j < TILE; j++) most = row[j] <= most ? most : row[j];
      for (int j = 0; j < TILE; j++) {
        row[j] = most == -INFINITY ? 0.0f : expf(row[j] - most);
        sum += row[j];
      }
      float factor = most == -INFINITY ? 1.0f : expf(before - most);
      greatest[threadIdx.x] = most;
      shrink[threadIdx.x] = factor;
      total[threadIdx.x] = total[threadIdx.x] * factor + sum;
    }
    for (int e = threadIdx.x; e < TILE * d; e += 256) {
      int j = e / d, x = e % d;
      tileKv[j * pitch + x] = key0 + j < length ? v[((i64)(start + key0 + j) * kvHeads + kvHead) * d + x] : 0.0f;
    }
    __syncthreads();
#pragma unroll
    for (int y = 0; y < STEP; y++) {
      int i = ty * STEP + y;
      float factor = shrink[i];
#pragma unroll
      for (int c = 0; c < MAX_COLUMNS; c++) {
        int x = tx + 16 * c;
        if (x >= d) break;
        float sum = 0;
        for (int j = 0; j < TILE; j++) sum += scores[i * (TILE + 1) + j] * tileKv[j * pitch + x];
        sums[y][c] = sums[y][c] * factor + sum;
      }
    }
  }
#pragma unroll
  for (int y = 0; y < STEP; y++) {
    int i = ty * STEP + y;
    if (i >= queries) break;
    i64 row = (i64)(start + query0 + i) * heads + head;
#pragma unroll
    for (int c = 0; c < MAX_COLUMNS; c++) {
      int x = tx + 16 * c;
      if (x >= d) break;
      out[row * d + x] = sums[y][c] / total[i];
    }
    if (tx == 0) lse[row] = greatest[i] + logf(total[i]);
  }
}

KERNEL(256) attention32(const float *q, const float *k, const float *v, float *out, float *lse, const int *cuSeqlens, int heads,
                        int kvHeads, int d, float scale, int window) {
  attend<32>(q, k, v, out, lse, cuSeqlens, heads, kvHeads, d, scale, window);
}

KERNEL(256) attention16(const float *q, const float *k, const float *v, float *out, float *lse, const int *cuSeqlens, int heads,
                        int kvHeads, int d, float scale, int window) {
  attend<16>(q, k, v, out, lse, cuSeqlens, heads, kvHeads, d, scale, window);
}
