/* The table of kernels that the fake driver can launch, filled by the generated file of each kernel family. */
#pragma once
#include <cstddef>
#include <cstring>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

namespace fake {

struct Kernel {
  std::string name;
  unsigned threads;
  /** Bytes of the packed arguments, each aligned to its size. */
  size_t argumentBytes;
  std::function<void(const char *packed)> run;
};

inline std::vector<Kernel> &kernels() {
  static std::vector<Kernel> table;
  return table;
}

template <class Value> Value take(const char *packed, size_t &at) {
  at = (at + sizeof(Value) - 1) / sizeof(Value) * sizeof(Value);
  Value value;
  memcpy(&value, packed + at, sizeof value);
  at += sizeof value;
  return value;
}

template <class... Arguments> size_t sizeOfPacked() {
  size_t at = 0;
  ((at = (at + sizeof(Arguments) - 1) / sizeof(Arguments) * sizeof(Arguments) + sizeof(Arguments)), ...);
  return at;
}

struct Registration {
  template <class... Arguments> Registration(const char *name, unsigned threads, void (*kernel)(Arguments...)) {
    kernels().push_back({name, threads, sizeOfPacked<Arguments...>(), [kernel](const char *packed) {
                           size_t at = 0;
                           // Braces take the arguments from left to right.
                           std::tuple<Arguments...> arguments{take<Arguments>(packed, at)...};
                           std::apply(kernel, arguments);
                         }});
  }
};

} // namespace fake
