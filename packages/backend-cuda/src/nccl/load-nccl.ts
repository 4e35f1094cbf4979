/** NCCL's results that are acted upon. */
export const ncclResult = { success: 0, inProgress: 7 } as const;

/** Bytes of what rank 0 makes for all to find each other. */
const uniqueIdBytes = 128;

/** The calls of NCCL that sum over processes. Communicators, addresses and streams are numbers; results are as NCCL gives them. */
export interface Nccl {
  /** 22105 for 2.21.5. */
  readonly version: number;
  uniqueId(): Uint8Array<ArrayBuffer>;
  /** A communicator that does not block: it is there when `progress` says so. Of the GPU whose context is current. */
  join(id: Uint8Array, place: { readonly rank: number; readonly size: number }): number;
  /** Enqueues sums in place of f32 memory on a stream; they are enqueued when `progress` says so. */
  sum(communicator: number, stream: number, parts: readonly DeviceRange[]): void;
  /** `inProgress`, `success`, or what has gone wrong. */
  progress(communicator: number): number;
  /** Ends a communicator and everything that waits on the GPU for the others. */
  abort(communicator: number): void;
  errorText(result: number): string;
}

/** f32 values on a device. */
export interface DeviceRange {
  readonly address: number;
  readonly size: number;
}

/** The first version with communicators that do not block. */
const oldest = 21400;
/** ncclConfig_t as of 2.14: size, magic, version, blocking. Newer versions fill in what they have more. */
const configBytes = 24;
const configMagic = 0xcafebeef;
const [float32, sumOperation] = [7, 0];

/** Loads NCCL by name or path. Undefined where it is not there, or older than 2.14. */
export async function loadNccl(library: string): Promise<Nccl | undefined> {
  const { default: koffi } = await import('koffi');
  let loaded: ReturnType<typeof koffi.load>;
  try {
    loaded = koffi.load(library);
  } catch {
    return undefined;
  }
  const declare = (
    name: string,
    result: string,
    parameters: readonly unknown[],
  ): ((...args: unknown[]) => unknown) => loaded.func(name, result, parameters as never) as never;
  const version = new Int32Array(1);
  declare('ncclGetVersion', 'int', ['void *'])(version);
  if (version[0]! < oldest) return undefined;

  const idType = koffi.struct({ bytes: koffi.array('uint8_t', uniqueIdBytes) });
  const getUniqueId = declare('ncclGetUniqueId', 'int', ['void *']);
  const initRank = declare('ncclCommInitRankConfig', 'int', ['void *', 'int', idType, 'int', 'void *']);
  const asyncError = declare('ncclCommGetAsyncError', 'int', ['uint64_t', 'void *']);
  const groupStart = declare('ncclGroupStart', 'int', []);
  const groupEnd = declare('ncclGroupEnd', 'int', []);
  const allReduce = declare('ncclAllReduce', 'int', [
    ...['uint64_t', 'uint64_t', 'size_t', 'int', 'int', 'uint64_t', 'uint64_t'],
  ]);
  const abort = declare('ncclCommAbort', 'int', ['uint64_t']);
  const errorString = declare('ncclGetErrorString', 'const char *', ['int']);
  const errorText = (result: number): string => errorString(result) as string;
  const call = (name: string, result: unknown): void => {
    if (result === ncclResult.success || result === ncclResult.inProgress) return;
    throw new Error(`${name}: ${errorText(result as number)}`);
  };

  return {
    version: version[0]!,
    errorText,
    uniqueId() {
      const id = new Uint8Array(uniqueIdBytes);
      call('ncclGetUniqueId', getUniqueId(id));
      return id;
    },
    join(id, { rank, size }) {
      const config = new DataView(new ArrayBuffer(configBytes));
      config.setBigUint64(0, BigInt(configBytes), true);
      config.setUint32(8, configMagic, true);
      config.setUint32(12, oldest, true);
      config.setInt32(16, 0, true);
      const communicator = new BigUint64Array(1);
      const bytes = new Uint8Array(config.buffer);
      call('ncclCommInitRankConfig', initRank(communicator, size, { bytes: id }, rank, bytes));
      return Number(communicator[0]);
    },
    sum(communicator, stream, parts) {
      call('ncclGroupStart', groupStart());
      for (const { address, size } of parts) {
        const result = allReduce(address, address, size, float32, sumOperation, communicator, stream);
        call('ncclAllReduce', result);
      }
      call('ncclGroupEnd', groupEnd());
    },
    progress(communicator) {
      const state = new Int32Array(1);
      call('ncclCommGetAsyncError', asyncError(communicator, state));
      return state[0]!;
    },
    abort: (communicator) => void abort(communicator),
  };
}
