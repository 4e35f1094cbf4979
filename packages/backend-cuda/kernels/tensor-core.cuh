/*
 * The three instructions that tensor-core kernels are made of, from sm_80 on. fake/device.h has the same functions in C++ with
 * the same layouts of registers among lanes (PTX ISA, "Matrix fragments for mma.m16n8k16"), so that the tests run these kernels.
 */
#pragma once
#include "common.cuh"

#ifndef BZ_HOST
/** d += a·b. a: bf16 16×16, four registers of two; b: bf16 16×8, two registers; d: f32 16×8. */
DEVICE void mmaBf16(float *d, const u32 *a, const u32 *b) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/** Four 8×8 matrices of bf16 from shared memory: lane l gives the row l mod 8 of matrix l/8. */
DEVICE void loadMatrices(u32 *out, const bf16 *row) {
  u32 address = (u32)__cvta_generic_to_shared(row);
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(address)
               : "memory");
}

/** The same, each matrix transposed. */
DEVICE void loadMatricesTransposed(u32 *out, const bf16 *row) {
  u32 address = (u32)__cvta_generic_to_shared(row);
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(address)
               : "memory");
}

/** Starts a copy of 16 bytes to shared memory; zeros when `inside` is false. Both sides aligned to 16. */
DEVICE void copyAsync(void *shared, const void *global, bool inside) {
  u32 address = (u32)__cvta_generic_to_shared(shared);
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(global), "r"(inside ? 16 : 0) : "memory");
}

/** Ends a group of copies. */
DEVICE void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

/** Waits until at most `PENDING` groups of this thread are under way. */
template <int PENDING> DEVICE void waitForCopies() { asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory"); }
#endif

DEVICE u32 pairOfBf16(float low, float high) { return toBf16(low) | (u32)toBf16(high) << 16; }
