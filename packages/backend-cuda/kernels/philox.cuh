/*
 * Philox4x32-10 (Salmon et al. 2011), as the contract's dropout counts: words(group) has counter (group, stream, 0, 0) and
 * key (seed, 0); element i is kept when word i mod 4 of group ⌊i/4⌋ is at least ⌈probability·2³²⌉.
 */
#pragma once
#include "common.cuh"

struct PhiloxWords {
  u32 word[4];
};

DEVICE PhiloxWords philox(u32 group, u32 stream, u32 seed) {
  u32 a = group, b = stream, c = 0, d = 0, key0 = seed, key1 = 0;
#pragma unroll
  for (int round = 0; round < 10; round++) {
    u32 high0 = __umulhi(0xD2511F53u, a), low0 = 0xD2511F53u * a;
    u32 high1 = __umulhi(0xCD9E8D57u, c), low1 = 0xCD9E8D57u * c;
    a = high1 ^ b ^ key0;
    b = low1;
    c = high0 ^ d ^ key1;
    d = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return {{a, b, c, d}};
}
