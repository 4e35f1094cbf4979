/* The WebAssembly module: the pool and the kernels as one translation unit. Memory is laid out by TypeScript. */
#include "pool.c"
#include "kernels.c"
