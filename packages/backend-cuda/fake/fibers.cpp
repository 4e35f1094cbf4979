#include "fibers.h"
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <ucontext.h>
#include <vector>

namespace fake {

Thread *current;
Index blockIndex, blockSize, gridSize;
char *dynamicShared;

namespace {

constexpr size_t STACK = 64 * 1024;
constexpr unsigned char CANARY = 0xA5, POISON = 0xFF;
constexpr size_t CANARY_BYTES = 64;

enum class State { ready, atBarrier, atExchange, done };

struct Copy {
  void *shared;
  const void *global;
  int group;
};

void finish(const Copy &copy) {
  if (copy.global)
    memcpy(copy.shared, copy.global, 16);
  else
    memset(copy.shared, 0, 16);
}

/** A thread of a block: a stack of its own, kept from block to block. */
struct Fiber : Thread {
  State state;
  unsigned exchanges;
  int group;
  std::vector<Copy> copies;
  jmp_buf place;
  bool started = false;
  ucontext_t context;
  std::unique_ptr<char[]> stack;
};

struct Warp {
  Slot slots[2][32];
};

std::vector<std::unique_ptr<Fiber>> fibers;
Warp warps[32];
jmp_buf scheduler;
ucontext_t schedulerContext;
const std::function<void()> *program;
bool failed;
/** Whether asynchronous copies are done when they are started, not when they are waited for. */
bool eager;

Fiber *self() { return static_cast<Fiber *>(current); }

/** Back to the scheduler, and on from here when it comes again. */
void leave(State state) {
  self()->state = state;
  if (_setjmp(self()->place) == 0) _longjmp(scheduler, 1);
}

void live() {
  for (;;) {
    (*program)();
    leave(State::done);
  }
}

void resume(Fiber *fiber) {
  current = fiber;
  if (_setjmp(scheduler) != 0) return;
  if (fiber->started) _longjmp(fiber->place, 1);
  fiber->started = true;
  fiber->stack = std::make_unique<char[]>(STACK);
  getcontext(&fiber->context);
  fiber->context.uc_stack.ss_sp = fiber->stack.get();
  fiber->context.uc_stack.ss_size = STACK;
  fiber->context.uc_link = nullptr;
  makecontext(&fiber->context, live, 0);
  swapcontext(&schedulerContext, &fiber->context);
}

/** Runs a warp until all its lanes are done or at the barrier. */
void runWarp(unsigned first, bool reversed) {
  for (;;) {
    unsigned exchanging = 0;
    for (unsigned i = 0; i < 32 && !failed; i++) {
      Fiber *fiber = fibers[first + (reversed ? 31 - i : i)].get();
      if (fiber->state == State::ready) resume(fiber);
      exchanging += fiber->state == State::atExchange;
    }
    if (failed || exchanging == 0) return;
    unsigned count = fibers[first]->exchanges;
    for (unsigned i = 0; i < 32; i++) {
      Fiber *fiber = fibers[first + i].get();
      if (exchanging != 32 || fiber->exchanges != count) {
        failed = true;
        fprintf(stderr, "fake CUDA: a warp is divided at a shuffle or matrix instruction\n");
        return;
      }
      fiber->state = State::ready;
    }
  }
}

bool runBlock(bool reversed) {
  unsigned threads = blockSize.x;
  for (unsigned i = 0; i < threads; i++) {
    Fiber *fiber = fibers[i].get();
    fiber->index = {i, 0, 0};
    fiber->state = State::ready;
    fiber->exchanges = 0;
    fiber->group = 0;
    fiber->copies.clear();
  }
  for (;;) {
    for (unsigned i = 0; i < threads / 32; i++) runWarp((reversed ? threads / 32 - 1 - i : i) * 32, reversed);
    if (failed) return false;
    unsigned done = 0;
    for (unsigned i = 0; i < threads; i++) done += fibers[i]->state == State::done;
    if (done == threads) return true;
    if (done > 0) {
      fprintf(stderr, "fake CUDA: %u of %u threads have ended while others wait at a barrier\n", done, threads);
      return false;
    }
    for (unsigned i = 0; i < threads; i++) fibers[i]->state = State::ready;
  }
}

} // namespace

void barrier() { leave(State::atBarrier); }

const Slot *exchange(const void *mine, size_t bytes) {
  Fiber *fiber = self();
  unsigned lane = fiber->index.x & 31;
  Slot *slots = warps[fiber->index.x >> 5].slots[++fiber->exchanges & 1];
  memcpy(slots[lane].bytes, mine, bytes);
  leave(State::atExchange);
  return slots;
}

void startCopy(void *shared, const void *global) {
  if (eager)
    finish({shared, global, 0});
  else
    self()->copies.push_back({shared, global, self()->group});
}

bool isEager() { return eager; }

void commitCopies() { self()->group++; }

void waitForCopies(int pending) {
  Fiber *fiber = self();
  size_t kept = 0;
  for (const Copy &copy : fiber->copies) {
    if (copy.group >= fiber->group - pending)
      fiber->copies[kept++] = copy;
    else
      finish(copy);
  }
  fiber->copies.resize(kept);
}

void fail(const char *message) {
  fprintf(stderr, "fake CUDA: %s\n", message);
  failed = true;
  leave(State::done);
  abort(); // a failed launch is not resumed
}

bool runGrid(Index grid, Index block, size_t sharedBytes, bool reversed, const std::function<void()> &body) {
  while (fibers.size() < block.x) fibers.push_back(std::make_unique<Fiber>());
  gridSize = grid;
  blockSize = block;
  program = &body;
  failed = false;
  eager = reversed;
  std::vector<char> memory(sharedBytes + CANARY_BYTES + 16);
  dynamicShared = (char *)(((uintptr_t)memory.data() + 15) / 16 * 16);
  memset(dynamicShared + sharedBytes, CANARY, CANARY_BYTES);
  size_t blocks = (size_t)grid.x * grid.y * grid.z;
  for (size_t i = 0; i < blocks && !failed; i++) {
    size_t at = reversed ? blocks - 1 - i : i;
    blockIndex = {(unsigned)(at % grid.x), (unsigned)(at / grid.x % grid.y), (unsigned)(at / grid.x / grid.y)};
    memset(dynamicShared, POISON, sharedBytes);
    if (!runBlock(reversed)) failed = true;
    for (size_t byte = 0; byte < CANARY_BYTES; byte++)
      if ((unsigned char)dynamicShared[sharedBytes + byte] != CANARY) {
        fprintf(stderr, "fake CUDA: a block has written behind its dynamic shared memory\n");
        failed = true;
        break;
      }
  }
  // Fibers of a failed launch are somewhere in its program: they are given up.
  if (failed) fibers.clear();
  return !failed;
}

} // namespace fake
