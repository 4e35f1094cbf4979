import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';

/** What stands before the user about one GPU. */
export interface CudaDeviceFacts {
  readonly name: string;
  /** 80 for 8.0. */
  readonly capability: number;
  readonly multiprocessors: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes that a process can have now. Only where it was asked for, and a context can be made. */
  readonly free?: number;
}

export interface CudaProbe {
  /** CUDA version that the driver speaks: 12040 for 12.4. 0 when it did not answer. */
  readonly driverVersion: number;
  readonly devices: readonly CudaDeviceFacts[];
  /** Why no device can be used. */
  readonly reason?: string;
}

/**
 * Loads the driver and asks for its devices, in a child process: a broken driver ends with a crash, and must not take the caller
 * with it. 16, 75 and 76 are CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT and COMPUTE_CAPABILITY_MAJOR and _MINOR.
 */
const probeSource = `
const [koffiPath, file, free] = process.argv.slice(1);
const koffi = require(koffiPath);
const library = koffi.load(file);
const call = (name, parameters, ...args) => {
  const status = library.func(name, 'int32_t', parameters)(...args);
  if (status === 0) return;
  const text = new BigUint64Array(1);
  const named = library.func('cuGetErrorName', 'int32_t', ['int32_t', 'void *'])(status, text) === 0;
  throw new Error(name + ' gave ' + (named ? koffi.decode.string(text[0]) : status));
};
const number = (name, ...args) => {
  const out = new Int32Array(1);
  call(name, ['void *', ...args.map(() => 'int32_t')], out, ...args);
  return out[0];
};
/* A context shows what is free beside itself. */
const freeOf = (device) => {
  const word = new BigUint64Array(2);
  try {
    call('cuDevicePrimaryCtxRetain', ['void *', 'int32_t'], word, device);
    call('cuCtxSetCurrent', ['uint64_t'], word[0]);
    call('cuMemGetInfo_v2', ['void *', 'void *'], word.subarray(0, 1), word.subarray(1, 2));
    call('cuDevicePrimaryCtxRelease_v2', ['int32_t'], device);
    return Number(word[0]);
  } catch {
    return undefined;
  }
};
const answer = { driverVersion: 0, devices: [] };
try {
  call('cuInit', ['uint32_t'], 0);
  answer.driverVersion = number('cuDriverGetVersion');
  for (let ordinal = 0; ordinal < number('cuDeviceGetCount'); ordinal++) {
    const device = number('cuDeviceGet', ordinal);
    const name = new Uint8Array(256);
    const memory = new BigUint64Array(1);
    call('cuDeviceTotalMem_v2', ['void *', 'int32_t'], memory, device);
    call('cuDeviceGetName', ['void *', 'int32_t', 'int32_t'], name, name.length, device);
    answer.devices.push({
      name: Buffer.from(name).toString().replace(/\\0.*$/s, ''),
      capability: number('cuDeviceGetAttribute', 75, device) * 10 + number('cuDeviceGetAttribute', 76, device),
      multiprocessors: number('cuDeviceGetAttribute', 16, device),
      memory: Number(memory[0]),
      ...(free === 'free' ? { free: freeOf(device) } : {}),
    });
  }
} catch (error) {
  answer.reason = error.message;
}
process.stdout.write(JSON.stringify(answer));
`;

const PROBE_TIMEOUT = 30_000;

/**
 * Asks a driver library, by name or path; with `free`, also for free memory, which takes a moment for each device. Never throws: what
 * went wrong is the `reason`.
 */
export function probeCuda(
  library: string,
  { free = false }: { readonly free?: boolean } = {},
): Promise<CudaProbe> {
  let koffiPath: string;
  try {
    koffiPath = createRequire(import.meta.url).resolve('koffi');
  } catch {
    return Promise.resolve(failed('the package koffi is not installed'));
  }
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['-e', probeSource, koffiPath, library, free ? 'free' : ''],
      { timeout: PROBE_TIMEOUT, env },
      (error, stdout, stderr) => {
        if (!error) {
          resolve(withReason(JSON.parse(stdout) as CudaProbe));
          return;
        }
        const line =
          stderr.split('\n').find((text) => text.includes('rror')) ?? error.message.split('\n')[0]!;
        const cause = error.signal ? `killed by ${error.signal}` : line.trim();
        resolve(failed(`the NVIDIA driver (${library}) failed its probe: ${cause}`));
      },
    );
  });
}

function withReason(probe: CudaProbe): CudaProbe {
  if (probe.reason !== undefined || probe.devices.length > 0) return probe;
  return { ...probe, reason: 'the driver sees no GPU' };
}

function failed(reason: string): CudaProbe {
  return { driverVersion: 0, devices: [], reason };
}
