/* Runs the threads of a block as fibers of one thread of the machine, warp by warp. */
#pragma once
#include <cstddef>
#include <functional>

namespace fake {

struct Index {
  unsigned x, y, z;
};

/** What a lane gives to the other lanes of its warp. */
struct Slot {
  char bytes[32];
};

struct Thread {
  Index index;
};

extern Thread *current;
extern Index blockIndex, blockSize, gridSize;
/** 16-byte aligned. */
extern char *dynamicShared;

/** __syncthreads: waits for all threads of the block. */
void barrier();
/** Gives `bytes` to the warp and waits until all 32 lanes have; the 32 slots may be read until the next exchange but one. */
const Slot *exchange(const void *mine, size_t bytes);
/** cp.async: copied as late as may be, when the thread waits for it, or at once. A null source stands for zeros. */
void startCopy(void *shared, const void *global);
void commitCopies();
void waitForCopies(int pending);
/** Whether what is done in the background is done at once in this launch. */
bool isEager();
/** Ends the launch with CUDA_ERROR_LAUNCH_FAILED; the message goes to stderr. */
[[noreturn]] void fail(const char *message);

/**
 * Runs `body` in every thread of every block. `reversed` takes blocks, warps and lanes in the opposite order, which shows a
 * missing barrier, and copies early instead of late. False when the program failed.
 */
bool runGrid(Index grid, Index block, size_t sharedBytes, bool reversed, const std::function<void()> &body);

} // namespace fake
