/* What other libraries of the fake device need of its driver (libcuda.cpp). */
#pragma once
#include <cstdint>
#include <functional>

namespace fake {

/** Whether there is a current context that is not lost. */
bool isReady();
/** Whether the bytes lie in one live allocation of the device. */
bool isDeviceMemory(uint64_t address, uint64_t bytes);
/** Puts a task, which gives a status of the driver, at the end of a stream. */
int enqueueOn(uint64_t stream, std::function<int()> task);

} // namespace fake
