/*
 * The gradients of attention-backward.cu on the tensor cores (Dao 2023): bf16 operands q, k, v, dOut [T, H or K, D] (flash-tiles.cuh), f32 lse and
 * delta [T, H], sums and results in f32. Probabilities are computed again; nothing is added from two blocks.
 *   flashDQ    a block has 64 queries of a head and walks over tiles of 32 keys:
 *              S = q·kᵀ, dP = dOut·vᵀ, dS = P ⊙ (dP − delta), dQ += dS·k
 *   flashDKv   a block has 64 keys of a key head and walks over tiles of 32 queries of all heads that read it, everything transposed:
 *              Sᵀ = k·qᵀ, dPᵀ = v·dOutᵀ, dV += Pᵀ·dOut, dK += dSᵀ·q
 * A warp has 16 rows of the 64. Shared: two tiles of 64 rows that stay, two stages of two tiles of 32 rows; lse and delta of 32 queries.
 */
#include "flash-tiles.cuh"

#define OWN 64
#define OTHER 32

DEVICE bool sees(int query, int key, int length, int window) {
  return query < length && key <= query && (window == 0 || key > query - window);
}

template <int D>
DEVICE void gradientOfQueries(const bf16 *q, const bf16 *k, const bf16 *v, const float *lse, const float *delta, const bf16 *dOut, float *dQ,
                              const int *cuSeqlens, int heads, int kvHeads, int d, float scale, int window) {
  DYNAMIC_SHARED(bf16, shared);
  constexpr int OWN_SIZE = OWN * (D + 8), SIZE = OTHER * (D + 8);
  bf16 *tileQ = shared, *tileDOut = tileQ + OWN_SIZE, *stages = tileDOut + OWN_SIZE;
  int head = blockIdx.y, kvHead = head * kvHeads / heads;
  int start = cuSeqlens[blockIdx.z], length = cuSeqlens[blockIdx.z + 1] - start;
  int query0 = (gridDim.x - 1 - blockIdx.x) * OWN;
  if (query0 >= length) return;
  int lane = threadIdx.x & 31, row = threadIdx.x / 32 * 16;

  startRows<OWN, D>(tileQ, q, start, query0, length, heads, head);
  startRows<OWN, D>(tileDOut, dOut, start, query0, length, heads, head);
  float ownLse[2], ownDelta[2];
  for (int half = 0; half < 2; half++) {
    int query = query0 + row + lane / 4 + half * 8;
    i64 at = (i64)(start + (query < length ? query : length - 1)) * heads + head;
    ownLse[half] = lse[at] * LOG2_E;
    ownDelta[half] = delta[at];
  }

  int end = query0 + OWN < length ? query0 + OWN : length;
  int firstKey = window > 0 && query0 - window + 1 > 0 ? (query0 - window + 1) / OTHER * OTHER : 0;
  float sums[D / 8][4] = {};
  startRows<OTHER, D>(stages, k, start, firstKey, length, kvHeads, kvHead);
  startRows<OTHER, D>(stages + 2 * SIZE, v, start, firstKey, length, kvHeads, kvHead);
  commitCopies();
  int stage = 0;
  for (int key0 = firstKey; key0 < end; key0 += OTHER, stage ^= 1) {
    if (key0 + OTHER < end) {
      startRows<OTHER, D>(stages + (stage ^ 1) * SIZE, k, start, key0 + OTHER, length, kvHeads, kvHead);
      startRows<OTHER, D>(stages + (2 + (stage ^ 1)) * SIZE, v, start, key0 + OTHER, length, kvHeads, kvHead);
    }
    commitCopies();
    waitForCopies<1>();
    __syncthreads();
    const bf16 *tileK = stages + stage * SIZE, *tileV = stages + (2 + stage) * SIZE;
    float scores[OTHER / 8][4], slopes[OTHER / 8][4];
    productOfRows<OTHER, D>(scores, tileQ, row, tileK);
    productOfRows<OTHER, D>(slopes, tileDOut, row, tileV);
#pragma unroll
    for (int n = 0; n < OTHER / 8; n++)
#pragma unroll
      for (int e = 0; e < 4; e++) {
        int query = query0 + row + lane / 4 + e / 2 * 8, key = key0 + n * 8 + lane % 4 * 2 + e % 2;
        float probability = exp2f(scores[n][e] * scale * LOG2_E - ownLse[e / 2]);
        slopes[n][e] = sees(query, key, length, window) ? probability * (slopes[n][e] - ownDelta[e / 2]) : 0.0f;
      }
    addWeightedRows<OTHER, D>(sums, slopes, tileK);
    __syncthreads(); // this stage was read
  }
  float factor[2] = {scale, scale};
  storeRows<D>(sums, dQ, start, query0 + row, length, heads, head, d, factor);
}

template <int D>
DEVICE void gradientOfKeys(const bf16 *q, const bf16 *k, const bf16 *v, const float *lse, const float *delta, const bf16 *dOut, float *dK, float *dV,
                           const int *cuSeqlens, int heads, int kvHeads, int d, float scale, int window) {
  DYNAMIC_SHARED(bf16, shared);
  __shared__ float lses[2][OTHER], deltas[2][OTHER];
  constexpr int OWN_SIZE = OWN * (D + 8), SIZE = OTHER * (D + 8);
  bf16 *tileK = shared, *tileV = tileK + OWN_SIZE, *stages = tileV + OWN_SIZE;
  int kvHead = blockIdx.y, group = heads / kvHeads;
  int start = cuSeqlens[blockIdx.z], length = cuSeqlens[blockIdx.z + 1] - start;
  int key0 = blockIdx.x * OWN;
  if (key0 >= length) return;
  int lane = threadIdx.x & 31, row = threadIdx.x / 32 * 16;
  // The last query that sees a key of the tile; the tiles of all heads are walked as one row of tiles.
  int lastQuery = window > 0 && key0 + OWN - 2 + window < length - 1 ? key0 + OWN - 2 + window : length - 1;
  int tiles = (lastQuery - key0) / OTHER + 1, steps = tiles * group;
  float sumsK[D / 8][4] = {}, sumsV[D / 8][4] = {};

  auto startStep = [&](int step) {
    int head = kvHead * group + step / tiles, query0 = key0 + step % tiles * OTHER, at = step & 1;
    startRows<OTHER, D>(stages + at * SIZE, q, start, query0, length, heads, head);
    startRows<OTHER, D>(stages + (2 + at) * SIZE, dOut, start, query0, length, heads, head);
    if (threadIdx.x < OTHER) {
      int own = query0 + (int)threadIdx.x, query = own < length ? own : length - 1;
      lses[at][threadIdx.x] = lse[(i64)(start + query) * heads + head] * LOG2_E;
      deltas[at][threadIdx.x] = delta[(i64)(start + query) * heads + head];
    }
  };
  startRows<OWN, D>(tileK, k, start, key0, length, kvHeads, kvHead);
  startRows<OWN, D>(tileV, v, start, key0, length, kvHeads, kvHead);
  startStep(0);
  commitCopies();
  for (int step = 0; step < steps; step++) {
    if (step + 1 < steps) startStep(step + 1);
    commitCopies();
    waitForCopies<1>();
    __syncthreads();
    int query0 = key0 + step % tiles * OTHER, at = step & 1;
    const bf16 *tileQ = stages + at * SIZE, *tileDOut = stages + (2 + at) * SIZE;
    float scores[OTHER / 8][4], slopes[OTHER / 8][4];
    productOfRows<OTHER, D>(scores, tileK, row, tileQ);
    productOfRows<OTHER, D>(slopes, tileV, row, tileDOut);
#pragma unroll
    for (int n = 0; n < OTHER / 8; n++)
#pragma unroll
      for (int e = 0; e < 4; e++) {
        int column = n * 8 + lane % 4 * 2 + e % 2, key = key0 + row + lane / 4 + e / 2 * 8;
        float probability = exp2f(scores[n][e] * scale * LOG2_E - lses[at][column]);
        bool seen = sees(query0 + column, key, length, window);
        scores[n][e] = seen ? probability : 0.0f;
        slopes[n][e] = seen ? probability * (slopes[n][e] - deltas[at][column]) : 0.0f;
      }
    addWeightedRows<OTHER, D>(sumsV, scores, tileDOut);
    addWeightedRows<OTHER, D>(sumsK, slopes, tileQ);
    __syncthreads(); // this stage was read
  }
  float factorK[2] = {scale, scale}, factorV[2] = {1, 1};
  storeRows<D>(sumsK, dK, start, key0 + row, length, kvHeads, kvHead, d, factorK);
  storeRows<D>(sumsV, dV, start, key0 + row, length, kvHeads, kvHead, d, factorV);
}

#define BACKWARD_PARAMETERS const bf16 *q, const bf16 *k, const bf16 *v, const float *lse, const float *delta, const bf16 *dOut
#define LAYOUT_PARAMETERS const int *cuSeqlens, int heads, int kvHeads, int d, float scale, int window
#define INPUTS q, k, v, lse, delta, dOut
#define LAYOUT cuSeqlens, heads, kvHeads, d, scale, window

KERNEL(128) flashDQ64(BACKWARD_PARAMETERS, float *dQ, LAYOUT_PARAMETERS) { gradientOfQueries<64>(INPUTS, dQ, LAYOUT); }
KERNEL(128) flashDQ96(BACKWARD_PARAMETERS, float *dQ, LAYOUT_PARAMETERS) { gradientOfQueries<96>(INPUTS, dQ, LAYOUT); }
KERNEL(128) flashDQ112(BACKWARD_PARAMETERS, float *dQ, LAYOUT_PARAMETERS) { gradientOfQueries<112>(INPUTS, dQ, LAYOUT); }
KERNEL(128) flashDQ128(BACKWARD_PARAMETERS, float *dQ, LAYOUT_PARAMETERS) { gradientOfQueries<128>(INPUTS, dQ, LAYOUT); }

KERNEL(128) flashDKv64(BACKWARD_PARAMETERS, float *dK, float *dV, LAYOUT_PARAMETERS) { gradientOfKeys<64>(INPUTS, dK, dV, LAYOUT); }
KERNEL(128) flashDKv96(BACKWARD_PARAMETERS, float *dK, float *dV, LAYOUT_PARAMETERS) { gradientOfKeys<96>(INPUTS, dK, dV, LAYOUT); }
KERNEL(128) flashDKv112(BACKWARD_PARAMETERS, float *dK, float *dV, LAYOUT_PARAMETERS) { gradientOfKeys<112>(INPUTS, dK, dV, LAYOUT); }
KERNEL(128) flashDKv128(BACKWARD_PARAMETERS, float *dK, float *dV, LAYOUT_PARAMETERS) { gradientOfKeys<128>(INPUTS, dK, dV, LAYOUT); }
