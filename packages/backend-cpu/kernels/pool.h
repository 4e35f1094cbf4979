/*
 * Fork and join: parallel_for(pool, count, task, args) calls task(args, i, scratch) for every i < count, on any thread.
 *
 * Tasks are handed out one by one, so a thread that the machine holds up holds up one task only; a worker that wakes
 * late finds the gate closed and is not waited for. Results never depend on which thread did what: every output is
 * written by one task, in an order fixed inside it.
 */
#ifndef BZ_POOL_H
#define BZ_POOL_H
#include "platform.h"

typedef void (*Task)(void *args, isize index, char *scratch);

typedef struct Pool {
  i32 threads;
  i32 stop;
  /* Bit 30: open. Below: workers inside the job. */
  i32 gate;
  i32 epoch;
  i32 sleepers;
  i32 pad;
  Task task;
  void *args;
  isize count;
  isize next;
  /* threads x thread_scratch_bytes, then the scratch that an op shares between its tasks. */
  char *thread_scratch;
  char *shared_scratch;
  isize shared_bytes;
} Pool;

/* Working memory of one thread: GEMM's B panel, attention's tiles. */
#define THREAD_SCRATCH (3 * 1024 * 1024)

void bz_run(Pool *pool, isize count, Task task, void *args);

INLINE void parallel_for(Pool *pool, isize count, Task task, void *args) {
  if (count > 0) bz_run(pool, count, task, args);
}

#endif
