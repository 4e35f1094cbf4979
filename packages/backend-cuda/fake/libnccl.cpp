/*
 * The part of NCCL that src/nccl/load-nccl.ts uses, between processes that run over the fake driver beside it. As with a communicator
 * that does not block, nothing is done when it is asked for: `ncclCommGetAsyncError` goes on a little each time, and says "in progress"
 * until all processes are there. Values go through files in a folder that the unique id names; sums are made in the order of ranks.
 *
 * FAKE_NCCL_FOLDER (where that folder is made, /tmp) and FAKE_NCCL_VERSION (22100) change what it pretends to be.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <unistd.h>
#include <vector>

#define API extern "C" __attribute__((visibility("default"))) int

extern "C" int cuStreamSynchronize(uint64_t stream);

namespace {

enum Result { SUCCESS = 0, UNHANDLED_CUDA_ERROR = 1, SYSTEM_ERROR = 2, INVALID_ARGUMENT = 4, INVALID_USAGE = 5, IN_PROGRESS = 7 };

struct UniqueId {
  char folder[128];
};

/** The first members, which are all that version 2.14 had. */
struct Config {
  size_t size;
  unsigned magic, version;
  int blocking;
};

struct Sum {
  float *values;
  size_t count;
  uint64_t stream;
  bool published;
};

struct Communicator {
  std::string folder;
  int rank, size, error;
  bool complete;
  uint64_t done;
  std::deque<Sum> sums;
};

int groupDepth;
/** Asked for within a group: not begun before its end. */
std::vector<std::pair<Communicator *, Sum>> asked;

std::string fileOf(const Communicator &comm, const char *kind, uint64_t number, int rank) {
  return comm.folder + "/" + kind + "." + std::to_string(number) + "." + std::to_string(rank);
}

/** Whole or not at all. */
bool writeFile(const std::string &path, const void *data, size_t bytes) {
  std::string beside = path + ".tmp";
  FILE *file = fopen(beside.c_str(), "wb");
  if (!file) return false;
  bool whole = fwrite(data, 1, bytes, file) == bytes;
  return fclose(file) == 0 && whole && rename(beside.c_str(), path.c_str()) == 0;
}

bool allHave(const Communicator &comm, const char *kind, uint64_t number) {
  for (int rank = 0; rank < comm.size; rank++)
    if (access(fileOf(comm, kind, number, rank).c_str(), R_OK) != 0) return false;
  return true;
}

int addUp(const Communicator &comm, const Sum &sum) {
  std::vector<float> part(sum.count), total(sum.count);
  for (int rank = 0; rank < comm.size; rank++) {
    FILE *file = fopen(fileOf(comm, "sum", comm.done, rank).c_str(), "rb");
    size_t count = file ? fread(part.data(), sizeof(float), sum.count + 1, file) : 0;
    bool fits = file && count == sum.count && fgetc(file) == EOF;
    if (file) fclose(file);
    if (!fits) return INVALID_ARGUMENT; // The real one would hang, or add what does not belong together.
    for (size_t i = 0; i < sum.count; i++) total[i] += part[i];
  }
  memcpy(sum.values, total.data(), sum.count * sizeof(float));
  return SUCCESS;
}

/** One step on, where the others are as far. */
int advance(Communicator &comm) {
  if (comm.error != SUCCESS) return comm.error;
  if (!comm.complete) {
    if (!allHave(comm, "here", 0)) return IN_PROGRESS;
    comm.complete = true;
  }
  while (!comm.sums.empty()) {
    Sum &sum = comm.sums.front();
    if (!sum.published) {
      if (cuStreamSynchronize(sum.stream) != SUCCESS) return comm.error = UNHANDLED_CUDA_ERROR;
      if (!writeFile(fileOf(comm, "sum", comm.done, comm.rank), sum.values, sum.count * sizeof(float))) return comm.error = SYSTEM_ERROR;
      sum.published = true;
    }
    if (!allHave(comm, "sum", comm.done)) return IN_PROGRESS;
    if (int result = addUp(comm, sum)) return comm.error = result;
    // Who has published this sum has read the one before.
    if (comm.done > 0) unlink(fileOf(comm, "sum", comm.done - 1, comm.rank).c_str());
    comm.done++;
    comm.sums.pop_front();
  }
  return SUCCESS;
}

} // namespace

API ncclGetVersion(int *out) {
  const char *text = getenv("FAKE_NCCL_VERSION");
  *out = text && *text ? atoi(text) : 22100;
  return SUCCESS;
}

API ncclGetUniqueId(UniqueId *out) {
  const char *parent = getenv("FAKE_NCCL_FOLDER");
  memset(out, 0, sizeof *out);
  snprintf(out->folder, sizeof out->folder, "%s/fake-nccl-XXXXXX", parent && *parent ? parent : "/tmp");
  return mkdtemp(out->folder) ? SUCCESS : SYSTEM_ERROR;
}

API ncclCommInitRankConfig(Communicator **out, int size, UniqueId id, int rank, const Config *config) {
  if (rank < 0 || rank >= size) return INVALID_ARGUMENT;
  if (config->size < 20 || config->magic != 0xcafebeef || config->version < 21400 || config->blocking != 0) return INVALID_ARGUMENT;
  *out = new Communicator{id.folder, rank, size, SUCCESS, false, 0, {}};
  return writeFile(fileOf(**out, "here", 0, rank), "", 0) ? IN_PROGRESS : SYSTEM_ERROR;
}

API ncclCommGetAsyncError(Communicator *comm, int *out) {
  *out = advance(*comm);
  return SUCCESS;
}

API ncclGroupStart() {
  groupDepth++;
  return SUCCESS;
}

API ncclGroupEnd() {
  if (groupDepth == 0) return INVALID_USAGE;
  if (--groupDepth > 0) return SUCCESS;
  for (auto &[comm, sum] : asked) comm->sums.push_back(sum);
  asked.clear();
  return IN_PROGRESS;
}

API ncclAllReduce(const void *from, void *to, size_t count, int type, int op, Communicator *comm, uint64_t stream) {
  if (type != 7 || op != 0) return INVALID_ARGUMENT; // ncclFloat32, ncclSum
  if (from != to || stream == 0 || groupDepth == 0) return INVALID_USAGE;
  // While something is in progress nothing else may be asked of a communicator.
  if (!comm->complete || !comm->sums.empty()) return INVALID_USAGE;
  asked.push_back({comm, {(float *)to, count, stream, false}});
  return SUCCESS;
}

API ncclCommAbort(Communicator *comm) {
  delete comm;
  return SUCCESS;
}

extern "C" __attribute__((visibility("default"))) const char *ncclGetErrorString(int result) {
  return result == INVALID_USAGE ? "invalid usage" : result == INVALID_ARGUMENT ? "invalid argument" : "unhandled error";
}
