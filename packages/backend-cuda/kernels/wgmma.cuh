/*
 * Matrix instructions of a warpgroup (four warps), on compute capability 9.0 alone (sm_90a). Operands lie in shared memory and are named by
 * descriptors of 64 bits (PTX ISA, "Asynchronous warpgroup level matrix instructions"): address, distances and swizzle. fake/wgmma.h has the
 * same functions in C++, which take descriptors apart by the same rules.
 *
 * Layout: rows of 128 bytes (64 values), eight of them a block of 1024 bytes that begins at a multiple of 1024; within a row, chunk c of 16 bytes
 * lies at c ^ (row mod 8).
 *   rows are of k (K-major)      value (i, k): blocks of eight i, `stride` apart
 *   rows are of i (MN-major)     value (i, k): blocks of eight k, `stride` apart; 64 of i, then `leading` to the next 64
 */
#pragma once
#include "tensor-core.cuh"

typedef unsigned long long u64;

#define SWIZZLE_128B (1ull << 62)

/** Of what begins at a shared address; distances in bytes, multiples of 16. */
DEVICE u64 matrixDescriptor(u32 address, u32 leading, u32 stride) {
  return SWIZZLE_128B | (u64)(stride >> 4) << 32 | (u64)(leading >> 4) << 16 | (address >> 4 & 0x3fffu);
}

#ifndef BZ_HOST
DEVICE u32 sharedAddress(const void *pointer) { return (u32)__cvta_generic_to_shared(pointer); }

/** What this thread wrote to shared memory is seen by matrix instructions behind the next barrier. */
DEVICE void fenceForMatrices() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

/** Before the first instruction on registers that were written. */
DEVICE void beginProducts() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
/** Ends a group of products. */
DEVICE void commitProducts() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
/** Waits for all groups of this warpgroup. */
DEVICE void waitForProducts() { asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory"); }

/**
 * d += a·b for 64×128 of f32 (d = a·b when `keep` is 0): a is bf16 64×16, K-major; b 128×16, K-major, or MN-major when `B_OUTER_K`. Of the 128 columns,
 * d[4j … 4j+3] are those of block j, laid out among lanes as by mma.sync; warp w has rows 16w … 16w+15. In the background.
 */
template <int B_OUTER_K> DEVICE void startProduct(float *d, u64 a, u64 b, int keep) {
  asm volatile("{\n"
               ".reg .pred keep;\n"
               "setp.ne.b32 keep, %66, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
               "%0, %1, %2, %3, %4, %5, %6, %7, "
               "%8, %9, %10, %11, %12, %13, %14, %15, "
               "%16, %17, %18, %19, %20, %21, %22, %23, "
               "%24, %25, %26, %27, %28, %29, %30, %31, "
               "%32, %33, %34, %35, %36, %37, %38, %39, "
               "%40, %41, %42, %43, %44, %45, %46, %47, "
               "%48, %49, %50, %51, %52, %53, %54, %55, "
               "%56, %57, %58, %59, %60, %61, %62, %63}, "
               "%64, %65, keep, 1, 1, 0, %67;\n"
               "}\n"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]),
                 "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]),
                 "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]),
                 "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]),
                 "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]),
                 "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]),
                 "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]),
                 "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]),
                 "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]),
                 "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]),
                 "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]),
                 "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]),
                 "+f"(d[48]), "+f"(d[49]), "+f"(d[50]), "+f"(d[51]),
                 "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]),
                 "+f"(d[56]), "+f"(d[57]), "+f"(d[58]), "+f"(d[59]),
                 "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63])
               : "l"(a), "l"(b), "r"(keep), "n"(B_OUTER_K));
}
#else
#include "wgmma.h" // fake/
#endif
