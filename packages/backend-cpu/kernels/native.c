/*
 * What the native library needs of the system: memory, threads, and which instruction sets it may use.
 * BZ_WITH_… say which variants of kernels.c are linked in.
 */
#define _GNU_SOURCE
#include "pool.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>
#include <sys/mman.h>
#endif

#define EXPORT __attribute__((visibility("default")))

/* The variants that are both compiled in and runnable here, best first: bits 0 … 3. */
EXPORT i32 bz_instruction_sets(void) {
  i32 found = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#if defined(BZ_WITH_AVX512BF16)
  if (avx512 && __builtin_cpu_supports("avx512bf16")) found |= 1;
#endif
#if defined(BZ_WITH_AVX512)
  if (avx512) found |= 2;
#endif
#if defined(BZ_WITH_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found |= 4;
#endif
  (void)avx512;
#endif
#if defined(BZ_WITH_NEON)
  found |= 8;
#endif
  return found;
}

#define HUGE_PAGE ((isize)2 << 20)

/*
 * 64-byte aligned, not zeroed; 0 when there is none. The block that malloc gave stands before it. Large ones begin at a
 * huge page and ask for such pages: weights that are read once a token miss the TLB on every small one.
 */
EXPORT char *bz_memory_take(isize bytes) {
  isize alignment = bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : 64;
  char *block = malloc((size_t)(bytes + 64 + alignment));
  if (!block) return 0;
  char *at = (char *)(((isize)block + 63 + alignment) & -alignment);
  ((char **)at)[-1] = block;
#if defined(MADV_HUGEPAGE)
  if (alignment == HUGE_PAGE) madvise(at, (size_t)(bytes & -HUGE_PAGE), MADV_HUGEPAGE);
#endif
  return at;
}
EXPORT void bz_memory_release(char *at) { free(((char **)at)[-1]); }

EXPORT void bz_write(char *to, const char *from, isize bytes) { memcpy(to, from, (size_t)bytes); }
EXPORT void bz_read(char *to, const char *from, isize bytes) { memcpy(to, from, (size_t)bytes); }

void bz_worker(Pool *pool, isize thread);

typedef struct {
  Pool *pool;
  isize thread;
  pthread_t handle;
} Worker;

static void *worker_main(void *argument) {
  Worker *worker = argument;
  bz_worker(worker->pool, worker->thread);
  return 0;
}

/* Keeps the library in memory when its handle is closed as the process ends: sleeping threads still stand in its code. */
static void stay_loaded(void) {
#if defined(_WIN32)
  HMODULE self;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, (LPCSTR)&stay_loaded, &self);
#else
  Dl_info self;
  if (dladdr((void *)&stay_loaded, &self)) dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);
#endif
}

/* Starts threads 1 … threads−1 of a pool. Fewer may come up: the pool works with any number. Gives the handles. */
EXPORT Worker *bz_threads_start(Pool *pool) {
  stay_loaded();
  Worker *workers = calloc((size_t)pool->threads, sizeof(Worker));
  for (i32 i = 1; workers && i < pool->threads; i++) {
    workers[i].thread = i;
    workers[i].pool = pool;
    if (pthread_create(&workers[i].handle, 0, worker_main, &workers[i])) workers[i].pool = 0;
  }
  return workers;
}

void bz_pool_stop(Pool *pool);

/* Ends the threads and waits for them. */
EXPORT void bz_threads_end(Pool *pool, Worker *workers) {
  bz_pool_stop(pool);
  for (i32 i = 1; workers && i < pool->threads; i++) {
    if (workers[i].pool) pthread_join(workers[i].handle, 0);
  }
  free(workers);
}
