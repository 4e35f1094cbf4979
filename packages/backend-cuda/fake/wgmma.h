/*
 * The instructions of kernels/wgmma.cuh. A product reads shared memory through its descriptors, taken apart by the rules of the PTX ISA: bits 0–13 the
 * address, 16–29 the leading and 32–45 the stride distance, all in units of 16 bytes, 49–51 the base offset, 62–63 the swizzle (1: 128 bytes, in
 * which address bits 4–6 are exchanged with bits 7–9 by exclusive or). It is done when it is started or as late as the thread waits for it.
 */
#pragma once
#include "device.h"
#include <vector>

/* Not a multiple of 1024: whoever needs one must see to it. */
static const unsigned fakeSharedStart = 0x430;

static inline unsigned sharedAddress(const void *pointer) { return (unsigned)((const char *)pointer - fake::dynamicShared) + fakeSharedStart; }

struct FakeProduct {
  float *d;
  unsigned long long a, b;
  int keep, transposed;
};

/** Products that a thread has not done yet, and whether what it wrote was fenced. */
struct FakeProducts {
  std::vector<FakeProduct> waiting;
  bool begun = false;
};
static FakeProducts fakeProducts[1024];

static inline float fakeOperand(unsigned long long descriptor, bool transposed, int i, int k) {
  unsigned start = (unsigned)(descriptor & 0x3fff) << 4, leading = (unsigned)(descriptor >> 16 & 0x3fff) << 4,
           stride = (unsigned)(descriptor >> 32 & 0x3fff) << 4;
  if (descriptor >> 62 != 1 || (descriptor >> 49 & 7) != 0) fake::fail("wgmma: a descriptor without the swizzle of 128 bytes, or with a base offset");
  unsigned at = transposed ? start + i / 64 * leading + i % 64 * 2 + k / 8 * stride + k % 8 * 128 : start + i / 8 * stride + i % 8 * 128 + k * 2;
  at ^= (at >> 7 & 7) << 4;
  return fakeFromBf16(*(const unsigned short *)(fake::dynamicShared + (at - fakeSharedStart)), 0);
}

static inline void fakeFinish(const FakeProduct &product) {
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5 & 3;
  for (int e = 0; e < 64; e++) {
    int row = warp * 16 + lane / 4 + e % 4 / 2 * 8, column = e / 4 * 8 + lane % 4 * 2 + e % 2;
    float sum = 0;
    for (int k = 0; k < 16; k++) sum += fakeOperand(product.a, false, row, k) * fakeOperand(product.b, product.transposed, column, k);
    product.d[e] = (product.keep ? product.d[e] : 0) + sum;
  }
}

static inline void fenceForMatrices() {}
static inline void beginProducts() { fakeProducts[threadIdx.x].begun = true; }
static inline void commitProducts() { fakeProducts[threadIdx.x].begun = false; }
static inline void waitForProducts() {
  FakeProducts &own = fakeProducts[threadIdx.x];
  for (const FakeProduct &product : own.waiting) fakeFinish(product);
  own.waiting.clear();
}
template <int B_OUTER_K> static inline void startProduct(float *d, unsigned long long a, unsigned long long b, int keep) {
  FakeProducts &own = fakeProducts[threadIdx.x];
  if (!own.begun) fake::fail("wgmma: products without a fence before them");
  FakeProduct product = {d, a, b, keep, B_OUTER_K};
  if (fake::isEager())
    fakeFinish(product);
  else
    own.waiting.push_back(product);
}
