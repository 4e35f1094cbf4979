/*
 * The part of NVRTC that src/nvrtc uses. It compiles nothing by itself: where FAKE_NVRTC_NVCC names a compiler, the program is given to that, headers and
 * all, and what it says is the log; the machine code is that of the fake device.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#define API extern "C" __attribute__((visibility("default"))) int

namespace {

struct Program {
  std::string source, name, image, log;
  std::vector<std::pair<std::string, std::string>> headers;
};

bool compiles(Program &program, const std::string &target) {
  const char *compiler = getenv("FAKE_NVRTC_NVCC");
  if (!compiler || !*compiler) return true;
  char folder[] = "/tmp/fake-nvrtc-XXXXXX";
  if (!mkdtemp(folder)) return false;
  std::string at = std::string(folder) + "/";
  std::ofstream(at + program.name) << program.source;
  for (auto &[name, text] : program.headers) std::ofstream(at + name) << text;
  std::string command = std::string(compiler) + " -cubin -arch=" + target + " -o " + at + "out " + at + program.name + " > " + at + "log 2>&1";
  bool good = system(command.c_str()) == 0;
  std::stringstream log;
  log << std::ifstream(at + "log").rdbuf();
  program.log = log.str();
  if (system(("rm -r " + std::string(folder)).c_str()) != 0) return false;
  return good;
}

} // namespace

API nvrtcCreateProgram(uint64_t *out, const char *source, const char *name, int count, const char **headers, const char **names) {
  Program *program = new Program{source, name, "", "", {}};
  for (int i = 0; i < count; i++) program->headers.emplace_back(names[i], headers[i]);
  *out = (uint64_t)program;
  return 0;
}

API nvrtcCompileProgram(uint64_t handle, int count, const char **options) {
  Program &program = *(Program *)handle;
  std::string target;
  for (int i = 0; i < count; i++)
    if (strncmp(options[i], "--gpu-architecture=sm_", 22) == 0) target = options[i] + 19;
  if (target.empty()) {
    program.log = "no machine code was asked for";
    return 5;
  }
  if (!compiles(program, target)) return 6;
  program.image = "// fake " + program.name;
  return 0;
}

API nvrtcGetCUBINSize(uint64_t handle, uint64_t *out) {
  *out = ((Program *)handle)->image.size() + 1;
  return 0;
}
API nvrtcGetCUBIN(uint64_t handle, char *out) {
  strcpy(out, ((Program *)handle)->image.c_str());
  return 0;
}
API nvrtcGetProgramLogSize(uint64_t handle, uint64_t *out) {
  *out = ((Program *)handle)->log.size() + 1;
  return 0;
}
API nvrtcGetProgramLog(uint64_t handle, char *out) {
  strcpy(out, ((Program *)handle)->log.c_str());
  return 0;
}
API nvrtcDestroyProgram(uint64_t *handle) {
  delete (Program *)*handle;
  *handle = 0;
  return 0;
}
