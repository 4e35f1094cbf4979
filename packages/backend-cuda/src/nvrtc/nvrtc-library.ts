import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { BezoarError } from '@bezoar/core';
import { findToolkitLibraries } from '../driver/find-toolkit-libraries.ts';

export interface NvrtcProgram {
  /** Of the file. */
  readonly name: string;
  readonly source: string;
  /** What it may include, by name. */
  readonly headers: Readonly<Record<string, string>>;
  /** `sm_80` */
  readonly target: string;
}

/** NVIDIA's run-time compiler. */
export interface NvrtcLibrary {
  /** Where it was found. */
  readonly file: string;
  /** Machine code. Throws BezoarError BACKEND_UNAVAILABLE with what the compiler says. */
  compile(program: NvrtcProgram): Uint8Array;
}

const names: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libnvrtc.so.13', 'libnvrtc.so.12', 'libnvrtc.so.11.2', 'libnvrtc.so'],
  win32: ['nvrtc64_130_0.dll', 'nvrtc64_120_0.dll'],
};

/** Where NVRTC may lie on this machine. */
export function nvrtcFiles(): string[] {
  return findToolkitLibraries(names[process.platform] ?? []);
}

/** Loads the first of the files that can be loaded. Undefined when none can. Throws BezoarError MISSING_DEPENDENCY without koffi. */
export async function loadNvrtc(files: readonly string[]): Promise<NvrtcLibrary | undefined> {
  const { default: koffi } = await import('koffi').catch((cause: unknown) => {
    throw new BezoarError('MISSING_DEPENDENCY', 'NVRTC needs koffi, which cannot be imported', {
      advice: 'Install koffi with its optional dependencies.',
      cause,
    });
  });
  const load = (file: string, options: object = {}): ReturnType<typeof koffi.load> | undefined => {
    try {
      return koffi.load(file, options);
    } catch {
      return undefined;
    }
  };
  for (const file of files) {
    // NVRTC looks for its built-in functions among what is loaded.
    for (const builtins of builtinsBeside(file)) load(builtins, { global: true });
    const library = load(file);
    if (library !== undefined) return { file, compile: (program) => compile(library, program) };
  }
  return undefined;
}

function builtinsBeside(file: string): string[] {
  const folder = path.dirname(file);
  if (!path.isAbsolute(file) || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.includes('nvrtc-builtins'))
    .map((name) => path.join(folder, name));
}

type Library = { readonly func: (name: string, result: string, parameters: string[]) => unknown };
type Argument = number | bigint | string | readonly string[] | NodeJS.ArrayBufferView;

const signatures = {
  nvrtcCreateProgram: ['void *', 'const char *', 'const char *', 'int32_t', 'const char **', 'const char **'],
  nvrtcCompileProgram: ['uint64_t', 'int32_t', 'const char **'],
  nvrtcGetCUBINSize: ['uint64_t', 'void *'],
  nvrtcGetCUBIN: ['uint64_t', 'void *'],
  nvrtcGetProgramLogSize: ['uint64_t', 'void *'],
  nvrtcGetProgramLog: ['uint64_t', 'void *'],
  nvrtcDestroyProgram: ['void *'],
} as const;

function compile(library: Library, { name, source, headers, target }: NvrtcProgram): Uint8Array {
  const status = (call: keyof typeof signatures, ...args: readonly Argument[]): number =>
    (library.func(call, 'int32_t', [...signatures[call]]) as (...args: readonly Argument[]) => number)(
      ...args,
    );
  const check = (call: keyof typeof signatures, ...args: readonly Argument[]): void => {
    const result = status(call, ...args);
    if (result !== 0) throw failed(`${call} gave ${result}`, { name, target });
  };
  const program = new BigUint64Array(1);
  const included = Object.entries(headers);
  check(
    'nvrtcCreateProgram',
    ...[program, source, name, included.length],
    ...[included.map(([, text]) => text), included.map(([header]) => header)],
  );
  try {
    const size = new BigUint64Array(1);
    const bytesOf = (call: 'nvrtcGetCUBIN' | 'nvrtcGetProgramLog'): Uint8Array => {
      check(`${call}Size`, program[0]!, size);
      const bytes = new Uint8Array(Number(size[0]));
      if (bytes.length > 0) check(call, program[0]!, bytes);
      return bytes;
    };
    const options = [`--gpu-architecture=${target}`, '--std=c++17'];
    if (status('nvrtcCompileProgram', program[0]!, options.length, options) !== 0)
      throw failed(new TextDecoder().decode(bytesOf('nvrtcGetProgramLog')).replace(/\0.*$/s, ''), {
        name,
        target,
      });
    return bytesOf('nvrtcGetCUBIN');
  } finally {
    status('nvrtcDestroyProgram', program);
  }
}

function failed(log: string, data: { readonly name: string; readonly target: string }): BezoarError {
  return new BezoarError('BACKEND_UNAVAILABLE', `NVRTC cannot compile ${data.name}: ${log.trim()}`, {
    advice: 'Mend the source, or take the compiled kernels: leave BEZOAR_CUDA_NVRTC out.',
    data,
  });
}
