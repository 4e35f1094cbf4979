/* The thread pool of pool.h: a gate, an epoch, and threads that spin a little before they sleep. */
#include "pool.h"

#define OPEN (1 << 30)
/* SPINS: about 50 microseconds. An op usually follows within that, and a wake-up costs 20. */
#if defined(BZ_WASM)
#define SPINS 30000
#define EXPORT(name) __attribute__((export_name(#name))) name
/* There is no yield: a wait that nobody ends, of a microsecond, gives the core away. */
INLINE void relax(int round) {
  static i32 never;
  if (round % 4096 == 4095) __builtin_wasm_memory_atomic_wait32(&never, 0, 1000);
}
INLINE void wait_while(i32 *address, i32 value) { __builtin_wasm_memory_atomic_wait32(address, value, -1); }
INLINE void wake_all(i32 *address) { __builtin_wasm_memory_atomic_notify(address, 0x7fffffff); }
#else
#include <pthread.h>
#include <sched.h>
#define SPINS 3000
#define EXPORT(name) __attribute__((visibility("default"))) name
static pthread_mutex_t sleep_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t sleep_signal = PTHREAD_COND_INITIALIZER;

/* Pauses, and lets another thread have the core now and then: a barrier that only spins collapses on shared cores. */
INLINE void relax(int round) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
  if (round % 64 == 63) sched_yield();
}
static void wait_while(i32 *address, i32 value) {
  pthread_mutex_lock(&sleep_lock);
  while (__atomic_load_n(address, __ATOMIC_SEQ_CST) == value) pthread_cond_wait(&sleep_signal, &sleep_lock);
  pthread_mutex_unlock(&sleep_lock);
}
static void wake_all(i32 *address) {
  (void)address;
  pthread_mutex_lock(&sleep_lock);
  pthread_cond_broadcast(&sleep_signal);
  pthread_mutex_unlock(&sleep_lock);
}
#endif

INLINE i32 read(i32 *p) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); }

INLINE void work(Pool *pool, isize thread) {
  char *scratch = pool->thread_scratch + thread * THREAD_SCRATCH;
  for (;;) {
    isize i = __atomic_fetch_add(&pool->next, 1, __ATOMIC_SEQ_CST);
    if (i >= pool->count) return;
    pool->task(pool->args, i, scratch);
  }
}

/* Life of worker `thread` (1 ... threads - 1); returns when the pool stops. */
void EXPORT(bz_worker)(Pool *pool, isize thread) {
  i32 seen = 0;
  while (!read(&pool->stop)) {
    i32 now = read(&pool->epoch);
    for (int round = 0; now == seen && round < SPINS; round++) {
      relax(round);
      now = read(&pool->epoch);
    }
    if (now == seen) {
      __atomic_fetch_add(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
      wait_while(&pool->epoch, seen);
      __atomic_fetch_sub(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
      continue;
    }
    seen = now;
    if (__atomic_fetch_add(&pool->gate, 1, __ATOMIC_SEQ_CST) & OPEN) work(pool, thread);
    __atomic_fetch_sub(&pool->gate, 1, __ATOMIC_SEQ_CST);
  }
}

INLINE void next_epoch(Pool *pool) {
  __atomic_fetch_add(&pool->epoch, 1, __ATOMIC_SEQ_CST);
  if (read(&pool->sleepers) > 0) wake_all(&pool->epoch);
}

void bz_run(Pool *pool, isize count, Task task, void *args) {
  pool->task = task;
  pool->args = args;
  pool->count = count;
  __atomic_store_n(&pool->next, 0, __ATOMIC_SEQ_CST);
  if (count > 1 && pool->threads > 1) {
    __atomic_fetch_or(&pool->gate, OPEN, __ATOMIC_SEQ_CST);
    next_epoch(pool);
    work(pool, 0);
    __atomic_fetch_and(&pool->gate, ~OPEN, __ATOMIC_SEQ_CST);
    for (int round = 0; read(&pool->gate) != 0; round++) relax(round);
  } else {
    work(pool, 0);
  }
}

/* Bytes of a pool with its scratch. */
isize EXPORT(bz_pool_bytes)(isize threads, isize shared_bytes) {
  return round_up(sizeof(Pool), 64) + threads * THREAD_SCRATCH + shared_bytes;
}

/* Lays a pool out in memory of bz_pool_bytes. */
void EXPORT(bz_pool_init)(Pool *pool, isize threads, isize shared_bytes) {
  *pool = (Pool){.threads = (i32)threads};
  pool->thread_scratch = (char *)pool + round_up(sizeof(Pool), 64);
  pool->shared_scratch = pool->thread_scratch + threads * THREAD_SCRATCH;
  pool->shared_bytes = shared_bytes;
}

/* Tells the workers to end. */
void EXPORT(bz_pool_stop)(Pool *pool) {
  __atomic_store_n(&pool->stop, 1, __ATOMIC_SEQ_CST);
  next_epoch(pool);
}
