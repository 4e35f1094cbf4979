/*
 * The attention of attention.cu on the tensor cores (Dao 2023): bf16 operands q, k, v [T, H or K, D] (flash-tiles.cuh), sums, softmax and results
 * in f32: out [T, H, d], lse [T, H]. A block has 64 queries of a head, 16 for each of four warps, and walks over tiles of 64 keys; the next
 * tile is copied while one is computed. The probabilities go from the registers of one product into the operands of the next.
 * Blocks with the longest walks come first. Shared: two tiles each of k and v; q passes through the first.
 */
#include "flash-tiles.cuh"

#define QUERIES 64
#define KEYS 64

template <int D>
DEVICE void flash(const bf16 *q, const bf16 *k, const bf16 *v, float *out, float *lse, const int *cuSeqlens, int heads, int kvHeads, int d,
                  float scale, int window) {
  DYNAMIC_SHARED(bf16, shared);
  constexpr int SIZE = KEYS * (D + 8);
  int head = blockIdx.y, kvHead = head * kvHeads / heads;
  int start = cuSeqlens[blockIdx.z], length = cuSeqlens[blockIdx.z + 1] - start;
  int query0 = (gridDim.x - 1 - blockIdx.x) * QUERIES;
  if (query0 >= length) return;
  int lane = threadIdx.x & 31, row = threadIdx.x / 32 * 16;

  u32 queries[D / 16][4];
  startRows<QUERIES, D>(shared, q, start, query0, length, heads, head);
  commitCopies();
  waitForCopies<0>();
  __syncthreads();
#pragma unroll
  for (int x = 0; x < D; x += 16) leftOperand<D>(queries[x / 16], shared, row, x);
  __syncthreads(); // the queries were read

  int end = query0 + QUERIES < length ? query0 + QUERIES : length;
  int firstKey = window > 0 && query0 - window + 1 > 0 ? (query0 - window + 1) / KEYS * KEYS : 0;
  float sums[D / 8][4] = {}, greatest[2] = {-INFINITY, -INFINITY}, total[2] = {0, 0};
  float factor = scale * LOG2_E;

  startRows<KEYS, D>(shared, k, start, firstKey, length, kvHeads, kvHead);
  startRows<KEYS, D>(shared + 2 * SIZE, v, start, firstKey, length, kvHeads, kvHead);
  commitCopies();
  int stage = 0;
  for (int key0 = firstKey; key0 < end; key0 += KEYS, stage ^= 1) {
    if (key0 + KEYS < end) {
      startRows<KEYS, D>(shared + (stage ^ 1) * SIZE, k, start, key0 + KEYS, length, kvHeads, kvHead);
      startRows<KEYS, D>(shared + (2 + (stage ^ 1)) * SIZE, v, start, key0 + KEYS, length, kvHeads, kvHead);
    }
    commitCopies();
    waitForCopies<1>();
    __syncthreads();
    const bf16 *tileK = shared + stage * SIZE, *tileV = shared + (2 + stage) * SIZE;

    float scores[KEYS / 8][4] = {};
#pragma unroll
    for (int x = 0; x < D; x += 16)
#pragma unroll
      for (int n = 0; n < KEYS; n += 16) {
        u32 b[4];
        rightOperands<D>(b, tileK, n, x);
        mmaBf16(scores[n / 8], queries[x / 16], b);
        mmaBf16(scores[n / 8 + 1], queries[x / 16], b + 2);
      }

    float most[2] = {greatest[0], greatest[1]}, added[2] = {0, 0};
#pragma unroll
    for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
      for (int e = 0; e < 4; e++) {
        int query = query0 + row + lane / 4 + e / 2 * 8, key = key0 + n * 8 + lane % 4 * 2 + e % 2;
        bool seen = key <= query && (window == 0 || key > query - window);
        scores[n][e] = seen ? scores[n][e] * factor : -INFINITY;
        most[e / 2] = scores[n][e] <= most[e / 2] ? most[e / 2] : scores[n][e];
      }
#pragma unroll
    for (int half = 0; half < 2; half++) {
      // The four lanes of a row.
      for (int distance = 1; distance < 4; distance <<= 1) {
        float other = __shfl_xor_sync(FULL_WARP, most[half], distance);
        most[half] = other <= most[half] ? most[half] : other;
      }
      float base = most[half] == -INFINITY ? 0.0f : most[half];
      float shrink = exp2f(greatest[half] - base);
      greatest[half] = most[half];
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float &score = scores[n][half * 2 + e];
          score = exp2f(score - base);
          added[half] += score;
        }
      for (int distance = 1; distance < 4; distance <<= 1) added[half] += __shfl_xor_sync(FULL_WARP, added[half], distance);
      total[half] = total[half] * shrink + added[half];
#pragma unroll
      for (int n = 0; n < D / 8; n++) sums[n][half * 2] *= shrink, sums[n][half * 2 + 1] *= shrink;
    }
    addWeightedRows<KEYS, D>(sums, scores, tileV);
    __syncthreads(); // this stage was read
  }

  float share[2] = {1.0f / total[0], 1.0f / total[1]};
  storeRows<D>(sums, out, start, query0 + row, length, heads, head, d, share);
  for (int half = 0; half < 2; half++) {
    int query = query0 + row + lane / 4 + half * 8;
    if (lane % 4 == 0 && query < length)
      lse[(i64)(start + query) * heads + head] = (greatest[half] + log2f(total[half])) / LOG2_E;
  }
}

#define FLASH_PARAMETERS                                                                                                    \
  const bf16 *q, const bf16 *k, const bf16 *v, float *out, float *lse, const int *cuSeqlens, int heads, int kvHeads, int d, \
      float scale, int window

KERNEL(128) flash64(FLASH_PARAMETERS) { flash<64>(q, k, v, out, lse, cuSeqlens, heads, kvHeads, d, scale, window); }
KERNEL(128) flash96(FLASH_PARAMETERS) { flash<96>(q, k, v, out, lse, cuSeqlens, heads, kvHeads, d, scale, window); }
KERNEL(128) flash112(FLASH_PARAMETERS) { flash<112>(q, k, v, out, lse, cuSeqlens, heads, kvHeads, d, scale, window); }
KERNEL(128) flash128(FLASH_PARAMETERS) { flash<128>(q, k, v, out, lse, cuSeqlens, heads, kvHeads, d, scale, window); }
