/*
 * The part of cuBLASLt that src/cublas uses, on the memory of the fake device: descriptors are kept as they are set, checked when they are used,
 * and multiplied by, one product after the other. Its heuristic knows one algorithm, and none for sums of more than FAKE_CUBLAS_MOST (by
 * default any); it insists on sums in a fixed order.
 */
#include "device-memory.h"
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#define API extern "C" __attribute__((visibility("default"))) int

namespace {

enum Status { SUCCESS = 0, INVALID_VALUE = 7, NOT_SUPPORTED = 15 };

struct Description {
  int compute, scale, transA, transB;
};
struct Layout {
  int type;
  uint64_t rows, columns;
  int64_t ld;
};
struct Preference {
  uint64_t workspace;
  uint32_t schemes;
};
struct Algorithm {
  char name[32];
  Description description;
  uint64_t workspace;
};
static_assert(sizeof(Algorithm) <= 64);

const char *algorithmName = "the only one";
const uint64_t workspaceBytes = 4096;

int refuse(const char *message) {
  fprintf(stderr, "fake cuBLASLt: %s\n", message);
  return INVALID_VALUE;
}

uint64_t bytesOf(const Layout &layout) { return ((layout.columns - 1) * layout.ld + layout.rows) * (layout.type == 14 ? 2 : 4); }

float valueAt(uint64_t address, const Layout &layout, bool transposed, uint64_t row, uint64_t column) {
  if (transposed) std::swap(row, column);
  uint32_t bits = (uint32_t)((const uint16_t *)address)[column * layout.ld + row] << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

/** What does not fit together; null when all does. */
const char *misfit(const Description &d, const Layout &a, const Layout &b, const Layout &c) {
  if (d.compute != 68 || d.scale != 0) return "sums are not in f32";
  if (a.type != 14 || b.type != 14 || c.type != 0) return "the operands are not bf16, or the result is not f32";
  uint64_t m = d.transA ? a.columns : a.rows, k = d.transA ? a.rows : a.columns;
  uint64_t inner = d.transB ? b.columns : b.rows, n = d.transB ? b.rows : b.columns;
  if (k != inner || m != c.rows || n != c.columns) return "the matrices do not fit each other";
  for (const Layout *each : {&a, &b, &c})
    if (each->ld < (int64_t)each->rows) return "columns overlap";
  return nullptr;
}

} // namespace

API cublasLtCreate(uint64_t *out) {
  *out = 0xB1A5;
  return fake::isReady() ? SUCCESS : refuse("there is no current context");
}
API cublasLtDestroy(uint64_t) { return SUCCESS; }

API cublasLtMatmulDescCreate(uint64_t *out, int compute, int scale) {
  *out = (uint64_t) new Description{compute, scale, 0, 0};
  return SUCCESS;
}
API cublasLtMatmulDescDestroy(uint64_t description) {
  delete (Description *)description;
  return SUCCESS;
}
API cublasLtMatmulDescSetAttribute(uint64_t description, int attribute, const int *value, uint64_t bytes) {
  if (bytes != 4 || *value < 0 || *value > 1) return refuse("an attribute has a wrong size or value");
  if (attribute == 3)
    ((Description *)description)->transA = *value;
  else if (attribute == 4)
    ((Description *)description)->transB = *value;
  else
    return refuse("an unknown attribute of a product");
  return SUCCESS;
}

API cublasLtMatrixLayoutCreate(uint64_t *out, int type, uint64_t rows, uint64_t columns, int64_t ld) {
  *out = (uint64_t) new Layout{type, rows, columns, ld};
  return SUCCESS;
}
API cublasLtMatrixLayoutDestroy(uint64_t layout) {
  delete (Layout *)layout;
  return SUCCESS;
}

API cublasLtMatmulPreferenceCreate(uint64_t *out) {
  *out = (uint64_t) new Preference{0, 15};
  return SUCCESS;
}
API cublasLtMatmulPreferenceDestroy(uint64_t preference) {
  delete (Preference *)preference;
  return SUCCESS;
}
API cublasLtMatmulPreferenceSetAttribute(uint64_t preference, int attribute, const void *value, uint64_t bytes) {
  if (attribute == 1 && bytes == 8)
    memcpy(&((Preference *)preference)->workspace, value, 8);
  else if (attribute == 3 && bytes == 4)
    memcpy(&((Preference *)preference)->schemes, value, 4);
  else
    return refuse("an unknown preference, or one of the wrong size");
  return SUCCESS;
}

API cublasLtMatmulAlgoGetHeuristic(uint64_t, uint64_t description, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t preference,
                                   int wanted, char *results, int *found) {
  *found = 0;
  const Description &own = *(Description *)description;
  const Preference &wish = *(Preference *)preference;
  if (wish.schemes & 1) return refuse("sums whose order is left to chance are allowed");
  if (const char *problem = misfit(own, *(Layout *)a, *(Layout *)b, *(Layout *)c)) return refuse(problem);
  const char *most = getenv("FAKE_CUBLAS_MOST");
  uint64_t sum = own.transA ? ((Layout *)a)->rows : ((Layout *)a)->columns;
  if (c != d || wanted < 1 || wish.workspace < workspaceBytes || (most && sum > (uint64_t)atol(most))) return NOT_SUPPORTED;
  memset(results, 0, 96);
  Algorithm algorithm = {{}, own, workspaceBytes};
  strcpy(algorithm.name, algorithmName);
  memcpy(results, &algorithm, sizeof algorithm);
  memcpy(results + 64, &workspaceBytes, 8);
  *found = 1;
  return SUCCESS;
}

API cublasLtMatmul(uint64_t handle, uint64_t description, const float *alpha, uint64_t a, uint64_t layoutA, uint64_t b, uint64_t layoutB,
                   const float *beta, uint64_t c, uint64_t layoutC, uint64_t d, uint64_t layoutD, const char *algorithm, uint64_t workspace,
                   uint64_t workspaceSize, uint64_t stream) {
  const Description own = *(Description *)description;
  const Layout first = *(Layout *)layoutA, second = *(Layout *)layoutB, out = *(Layout *)layoutD;
  Algorithm chosen;
  memcpy(&chosen, algorithm, sizeof chosen);
  if (handle != 0xB1A5 || strncmp(chosen.name, algorithmName, sizeof chosen.name) != 0) return refuse("the algorithm is not one of this library");
  if (memcmp(&chosen.description, &own, sizeof own) != 0) return refuse("the algorithm was chosen for another product");
  if (const char *problem = misfit(own, first, second, out)) return refuse(problem);
  if (c != d || layoutC != layoutD) return refuse("the result has another place than what is added");
  if (workspaceSize < workspaceBytes || !fake::isDeviceMemory(workspace, workspaceSize)) return refuse("there is no workspace");
  if (!fake::isDeviceMemory(a, bytesOf(first)) || !fake::isDeviceMemory(b, bytesOf(second)) || !fake::isDeviceMemory(d, bytesOf(out)))
    return refuse("a matrix is outside of the device's memory");
  if (a % 256 || b % 256 || d % 256) return refuse("a matrix is not aligned as the algorithm expects");
  float scale = *alpha, keep = *beta;
  return fake::enqueueOn(stream, [=] {
    memset((void *)workspace, 0xFF, workspaceSize);
    uint64_t sum = own.transA ? first.rows : first.columns;
    for (uint64_t column = 0; column < out.columns; column++)
      for (uint64_t row = 0; row < out.rows; row++) {
        float total = 0;
        for (uint64_t k = 0; k < sum; k++)
          total += valueAt(a, first, own.transA, row, k) * valueAt(b, second, own.transB, k, column);
        float *at = (float *)d + column * out.ld + row;
        *at = scale * total + (keep == 0 ? 0 : keep * *at);
      }
    return 0;
  });
}
