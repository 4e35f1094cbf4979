/*
 * The part of NVIDIA's driver API that src/driver/cuda-driver.ts uses, on the memory of this process: a device that behaves like
 * one, for machines that have none. Work is not done when it is enqueued but when somebody waits for it, in the order of its stream and of
 * no other one: a stream that should have waited for another one's event reads old bytes. Copies from pinned memory are late or early by
 * eights: the early ones are done at once, as far as the events that its stream waits for allow: then an event that it should have waited for shows as well. Launches alternate
 * between two orders of threads; arguments, sizes and addresses are checked. New memory is filled with NaN.
 *
 * FAKE_CUDA_DEVICES, _VERSION, _CAPABILITY (80), _MEMORY (bytes) and _FAIL_LAUNCH (number of the launch that ends with an
 * illegal address) change what it pretends to be; they are read by cuInit.
 */
#include "device-memory.h"
#include "fibers.h"
#include "registration.h"
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <vector>

#define API extern "C" __attribute__((visibility("default"))) int

namespace {

enum Result {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_OUT_OF_RESOURCES = 701,
  LAUNCH_FAILED = 719,
};

/** Tasks in order; the first `done` have run. */
struct Stream {
  std::deque<std::function<int()>> tasks;
  uint64_t done = 0;
  bool running = false;
  uint64_t end() const { return done + tasks.size(); }
};
/** Comes when its stream has done that many tasks. */
struct Event {
  Stream *stream;
  uint64_t position;
  bool queried;
};
struct Function {
  const fake::Kernel *kernel;
  size_t sharedLimit;
};

bool initialized;
int devices, version, capability;
uint64_t capacity, used;
long failLaunch, launches;
/** Once set, every call gives it: the context is lost. */
int sticky;
bool contextIsCurrent;
std::map<uint64_t, uint64_t> allocations, pinned;
std::set<Stream *> streams;
long copies;
std::map<std::string, Function> functions;

long setting(const char *name, long fallback) {
  const char *text = getenv(name);
  return text && *text ? atol(text) : fallback;
}

/** Bytes of dynamic shared memory that a block may ask for. */
int sharedMost() { return (capability / 10 == 9 ? 227 : 99) * 1024; }

int complain(int result, const char *message) {
  fprintf(stderr, "fake CUDA: %s\n", message);
  return result;
}

/** Whether the bytes lie in one live allocation. */
bool isInside(const std::map<uint64_t, uint64_t> &blocks, uint64_t address, uint64_t bytes) {
  auto after = blocks.upper_bound(address);
  if (after == blocks.begin()) return false;
  --after;
  return address + bytes <= after->first + after->second;
}

/** Runs a stream until it has done `position` tasks. */
int run(Stream *stream, uint64_t position) {
  while (sticky == SUCCESS && stream->done < position && !stream->tasks.empty()) {
    // Only a stream that waits for its own future comes here while it runs.
    if (stream->running) return sticky = complain(LAUNCH_FAILED, "streams wait for each other");
    auto task = std::move(stream->tasks.front());
    stream->tasks.pop_front();
    // Counted first: what it waits for may wait for what was before it.
    stream->done++;
    stream->running = true;
    int result = task();
    stream->running = false;
    if (result != SUCCESS) sticky = result;
  }
  return sticky;
}

int drain(Stream *stream) { return run(stream, stream->end()); }

int drainAll() {
  for (Stream *stream : streams) drain(stream);
  return sticky;
}

int ready() {
  if (!initialized) return NOT_INITIALIZED;
  if (sticky != SUCCESS) return sticky;
  return contextIsCurrent ? SUCCESS : INVALID_CONTEXT;
}

int enqueue(uint64_t stream, std::function<int()> task) {
  if (!streams.count((Stream *)stream)) return complain(INVALID_VALUE, "work for a stream that there is not");
  ((Stream *)stream)->tasks.push_back(std::move(task));
  return SUCCESS;
}

} // namespace

namespace fake {

bool isReady() { return ready() == SUCCESS; }
bool isDeviceMemory(uint64_t address, uint64_t bytes) { return isInside(allocations, address, bytes); }
int enqueueOn(uint64_t stream, std::function<int()> task) { return enqueue(stream, std::move(task)); }

} // namespace fake

#define REQUIRE_READY                                      \
  if (int state = ready(); state != SUCCESS) return state

API cuInit(unsigned) {
  devices = (int)setting("FAKE_CUDA_DEVICES", 1);
  version = (int)setting("FAKE_CUDA_VERSION", 12040);
  capability = (int)setting("FAKE_CUDA_CAPABILITY", 80);
  capacity = (uint64_t)setting("FAKE_CUDA_MEMORY", 2l << 30);
  failLaunch = setting("FAKE_CUDA_FAIL_LAUNCH", 0);
  launches = 0;
  copies = 0;
  if (sticky != SUCCESS) { // A new process would begin with nothing.
    for (auto &[address, bytes] : allocations) free((void *)address);
    allocations.clear();
    streams.clear();
    used = 0;
  }
  sticky = SUCCESS;
  if (devices == 0) return NO_DEVICE;
  initialized = true;
  return SUCCESS;
}

API cuDriverGetVersion(int *out) {
  *out = initialized ? version : (int)setting("FAKE_CUDA_VERSION", 12040);
  return SUCCESS;
}

API cuDeviceGetCount(int *out) {
  *out = devices;
  return initialized ? SUCCESS : NOT_INITIALIZED;
}

API cuDeviceGet(int *out, int ordinal) {
  if (!initialized) return NOT_INITIALIZED;
  *out = ordinal;
  return ordinal >= 0 && ordinal < devices ? SUCCESS : INVALID_VALUE;
}

API cuDeviceGetName(char *name, int bytes, int) {
  snprintf(name, (size_t)bytes, "fake device");
  return SUCCESS;
}

API cuDeviceTotalMem_v2(uint64_t *out, int) {
  *out = capacity;
  return SUCCESS;
}

API cuDeviceGetAttribute(int *out, int attribute, int) {
  switch (attribute) {
  case 16: // MULTIPROCESSOR_COUNT
    *out = 4;
    return SUCCESS;
  case 75: // COMPUTE_CAPABILITY_MAJOR
    *out = capability / 10;
    return SUCCESS;
  case 76: // COMPUTE_CAPABILITY_MINOR
    *out = capability % 10;
    return SUCCESS;
  case 97: // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    *out = sharedMost();
    return SUCCESS;
  default:
    return INVALID_VALUE;
  }
}

API cuDevicePrimaryCtxRetain(uint64_t *out, int) {
  *out = 0xC0;
  return initialized ? SUCCESS : NOT_INITIALIZED;
}

API cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }

API cuCtxSetCurrent(uint64_t context) {
  contextIsCurrent = context == 0xC0;
  return SUCCESS;
}

API cuGetErrorName(int error, const char **out) {
  static const std::map<int, const char *> names = {
      {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE"},     {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY"},
      {NO_DEVICE, "CUDA_ERROR_NO_DEVICE"},             {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS"},
      {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE"},     {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT"},
      {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED"},     {NOT_FOUND, "CUDA_ERROR_NOT_FOUND"},
      {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED"}, {LAUNCH_OUT_OF_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"},
  };
  auto found = names.find(error);
  *out = found == names.end() ? nullptr : found->second;
  return found == names.end() ? INVALID_VALUE : SUCCESS;
}

API cuMemGetInfo_v2(uint64_t *freeBytes, uint64_t *total) {
  REQUIRE_READY;
  *freeBytes = used < capacity ? capacity - used : 0;
  *total = capacity;
  return SUCCESS;
}

API cuMemAlloc_v2(uint64_t *out, uint64_t bytes) {
  REQUIRE_READY;
  if (bytes == 0) return INVALID_VALUE;
  if (used + bytes > capacity) return OUT_OF_MEMORY;
  void *memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (!memory) return OUT_OF_MEMORY;
  memset(memory, 0xFF, bytes);
  allocations[(uint64_t)memory] = bytes;
  used += bytes;
  *out = (uint64_t)memory;
  return SUCCESS;
}

API cuMemFree_v2(uint64_t address) {
  REQUIRE_READY;
  auto found = allocations.find(address);
  if (found == allocations.end()) return INVALID_VALUE;
  int result = drainAll();
  used -= found->second;
  allocations.erase(found);
  free((void *)address);
  return result;
}

API cuMemHostAlloc(uint64_t *out, uint64_t bytes, unsigned) {
  REQUIRE_READY;
  void *memory = malloc(bytes);
  pinned[(uint64_t)memory] = bytes;
  *out = (uint64_t)memory;
  return SUCCESS;
}

API cuMemFreeHost(uint64_t address) {
  REQUIRE_READY;
  int result = drainAll();
  pinned.erase(address);
  free((void *)address);
  return result;
}

API cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, uint64_t bytes, uint64_t stream) {
  REQUIRE_READY;
  if (!isInside(allocations, to, bytes)) return complain(INVALID_VALUE, "a copy to the device is outside of its memory");
  if (isInside(pinned, (uint64_t)from, bytes)) {
    int result = enqueue(stream, [=] {
      memcpy((void *)to, from, bytes);
      return (int)SUCCESS;
    });
    if (result == SUCCESS && copies++ / 8 % 2 == 1) result = drain((Stream *)stream);
    return result;
  }
  // The driver stages pageable memory before it returns.
  std::vector<char> staged((const char *)from, (const char *)from + bytes);
  return enqueue(stream, [to, staged = std::move(staged)] {
    memcpy((void *)to, staged.data(), staged.size());
    return (int)SUCCESS;
  });
}

API cuMemcpyDtoHAsync_v2(uint64_t to, uint64_t from, uint64_t bytes, uint64_t stream) {
  REQUIRE_READY;
  if (!isInside(allocations, from, bytes)) return complain(INVALID_VALUE, "a copy from the device is outside of its memory");
  if (!isInside(pinned, to, bytes)) return complain(INVALID_VALUE, "a copy to the host is outside of pinned memory");
  return enqueue(stream, [=] {
    memcpy((void *)to, (const void *)from, bytes);
    return (int)SUCCESS;
  });
}

/** On the default stream, for which non-blocking streams do not wait: what they have not done is not in it. */
API cuMemcpyDtoH_v2(void *to, uint64_t from, uint64_t bytes) {
  REQUIRE_READY;
  if (!isInside(allocations, from, bytes)) return complain(INVALID_VALUE, "a copy from the device is outside of its memory");
  memcpy(to, (const void *)from, bytes);
  return SUCCESS;
}

API cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, uint64_t bytes, uint64_t stream) {
  REQUIRE_READY;
  if (!isInside(allocations, from, bytes) || !isInside(allocations, to, bytes))
    return complain(INVALID_VALUE, "a copy on the device is outside of its memory");
  return enqueue(stream, [=] {
    memcpy((void *)to, (const void *)from, bytes);
    return (int)SUCCESS;
  });
}

API cuMemsetD8Async(uint64_t to, unsigned char value, uint64_t bytes, uint64_t stream) {
  REQUIRE_READY;
  if (!isInside(allocations, to, bytes)) return complain(INVALID_VALUE, "a fill is outside of the device's memory");
  return enqueue(stream, [=] {
    memset((void *)to, value, bytes);
    return (int)SUCCESS;
  });
}

API cuStreamCreate(uint64_t *out, unsigned flags) {
  REQUIRE_READY;
  if (flags != 1) return complain(INVALID_VALUE, "a stream that waits for the default stream"); // NON_BLOCKING
  Stream *stream = new Stream;
  streams.insert(stream);
  *out = (uint64_t)stream;
  return SUCCESS;
}

API cuStreamSynchronize(uint64_t stream) {
  REQUIRE_READY;
  return drain((Stream *)stream);
}

API cuStreamWaitEvent(uint64_t stream, uint64_t event, unsigned) {
  REQUIRE_READY;
  // As it is now: a later record is another matter.
  auto [recorded, position, _] = *(Event *)event;
  return enqueue(stream, [=] { return recorded ? run(recorded, position) : (int)SUCCESS; });
}

API cuStreamDestroy_v2(uint64_t stream) {
  REQUIRE_READY;
  int result = drain((Stream *)stream);
  streams.erase((Stream *)stream);
  delete (Stream *)stream;
  return result;
}

API cuEventCreate(uint64_t *out, unsigned) {
  REQUIRE_READY;
  *out = (uint64_t) new Event{nullptr, 0, false};
  return SUCCESS;
}

API cuEventRecord(uint64_t event, uint64_t stream) {
  REQUIRE_READY;
  *(Event *)event = {(Stream *)stream, ((Stream *)stream)->end(), false};
  return SUCCESS;
}

API cuEventSynchronize(uint64_t event) {
  REQUIRE_READY;
  auto [stream, position, _] = *(Event *)event;
  return stream ? run(stream, position) : SUCCESS;
}

/** Not ready at first: whoever does not ask again reads too early. */
API cuEventQuery(uint64_t event) {
  REQUIRE_READY;
  auto &[stream, position, queried] = *(Event *)event;
  if (!queried) {
    queried = true;
    return NOT_READY;
  }
  return stream ? run(stream, position) : SUCCESS;
}

API cuEventDestroy_v2(uint64_t event) {
  delete (Event *)event;
  return SUCCESS;
}

API cuModuleLoadData(uint64_t *out, const void *image) {
  REQUIRE_READY;
  if (strncmp((const char *)image, "// fake", 7) != 0) return INVALID_IMAGE;
  *out = 0x30;
  return SUCCESS;
}

API cuModuleUnload(uint64_t) { return SUCCESS; }

API cuModuleGetFunction(uint64_t *out, uint64_t, const char *name) {
  REQUIRE_READY;
  for (const fake::Kernel &kernel : fake::kernels())
    if (kernel.name == name) {
      auto place = functions.try_emplace(kernel.name, Function{&kernel, 48 * 1024}).first;
      *out = (uint64_t)&place->second;
      return SUCCESS;
    }
  return NOT_FOUND;
}

API cuFuncSetAttribute(uint64_t function, int attribute, int value) {
  REQUIRE_READY;
  if (attribute != 8 || value > sharedMost()) return INVALID_VALUE; // MAX_DYNAMIC_SHARED_SIZE_BYTES
  ((Function *)function)->sharedLimit = (size_t)value;
  return SUCCESS;
}

API cuLaunchKernel(uint64_t function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ,
                   unsigned sharedBytes, uint64_t stream, void **, void **extra) {
  REQUIRE_READY;
  const auto &[kernel, sharedLimit] = *(Function *)function;
  if (gridX == 0 || gridY == 0 || gridZ == 0 || gridX > 0x7fffffff || gridY > 65535 || gridZ > 65535)
    return complain(INVALID_VALUE, (kernel->name + ": the grid is empty or too large").c_str());
  if (blockX != kernel->threads || blockY != 1 || blockZ != 1)
    return complain(INVALID_VALUE, (kernel->name + ": the block is not of the size that the kernel names").c_str());
  if (sharedBytes > sharedLimit) return complain(INVALID_VALUE, (kernel->name + ": too much dynamic shared memory").c_str());
  // { BUFFER_POINTER, packed, BUFFER_SIZE, &size, END }
  if (extra == nullptr || (uintptr_t)extra[0] != 1 || (uintptr_t)extra[2] != 2 || extra[4] != nullptr) return INVALID_VALUE;
  size_t bytes = *(size_t *)extra[3];
  if (bytes != kernel->argumentBytes)
    return complain(INVALID_VALUE, (kernel->name + ": the packed arguments have the wrong size").c_str());
  std::vector<char> packed((const char *)extra[1], (const char *)extra[1] + bytes);
  long number = ++launches;
  return enqueue(stream, [=, run = kernel->run, packed = std::move(packed)] {
    if (number == failLaunch) return (int)ILLEGAL_ADDRESS;
    bool done = fake::runGrid({gridX, gridY, gridZ}, {blockX, 1, 1}, sharedBytes, number % 2 == 0, [&] { run(packed.data()); });
    return done ? (int)SUCCESS : complain(LAUNCH_FAILED, kernel->name.c_str());
  });
}
