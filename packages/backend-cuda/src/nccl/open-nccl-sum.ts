import { gatherNumbers, type ProcessGroup, type Tensor, type TensorSum } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import type { CudaDevice } from '../driver/open-device.ts';
import { loadNccl, ncclResult, type Nccl } from './load-nccl.ts';

export interface NcclSumOptions {
  readonly group: ProcessGroup;
  readonly device: Pick<CudaDevice, 'onStream'>;
  readonly address: (tensor: Tensor) => number;
  /** Name or path. */
  readonly library: string;
}

/** Milliseconds that NCCL has to find the other GPUs. */
const joinLimit = 120_000;

/**
 * Sums over the GPUs of a group, on the stream of the computations. Undefined when NCCL is missing, older than 2.14 or of another version in
 * any of the processes. Its order of adding is its own, the same for every process.
 *
 * Throws BezoarError BACKEND_UNAVAILABLE (NCCL fails), or what the group fails with.
 */
export async function openNcclSum(options: NcclSumOptions): Promise<TensorSum | undefined> {
  const { group, device, address, library } = options;
  const nccl = await loadNccl(library);
  const versions = await gatherNumbers([nccl?.version ?? 0], group);
  if (nccl === undefined || versions.some((version) => version !== nccl.version)) return undefined;

  const [id] = await group.gather(group.rank === 0 ? nccl.uniqueId() : new Uint8Array());
  let communicator: number | undefined = attempt(() => device.onStream(() => nccl.join(id!, group)));
  /** Sums that wait on the GPU for a process that is gone end now. */
  const abort = (): void => {
    if (communicator !== undefined) nccl.abort(communicator);
    communicator = undefined;
  };
  group.failure.addEventListener('abort', abort);

  async function settle(limit: number): Promise<void> {
    const until = performance.now() + limit;
    for (;;) {
      group.failure.throwIfAborted();
      const state = nccl!.progress(communicator!);
      if (state === ncclResult.success) return;
      if (state !== ncclResult.inProgress) throw ncclError(nccl!.errorText(state));
      if (performance.now() > until)
        throw ncclError(`the GPUs were not connected in ${limit / 1000} seconds`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  try {
    await settle(joinLimit);
  } catch (error) {
    abort();
    throw error;
  }
  return {
    description: `NCCL ${versionText(nccl)}`,
    async sum(tensors) {
      group.failure.throwIfAborted();
      const parts = tensors.map((tensor) => ({ address: address(tensor), size: tensor.size }));
      attempt(() => device.onStream((stream) => nccl.sum(communicator!, stream, parts)));
      await settle(Infinity);
    },
    dispose() {
      group.failure.removeEventListener('abort', abort);
      // Nothing is under way when a training has ended well; when it has not, nobody would come to end it together.
      abort();
    },
  };
}

function versionText({ version }: Nccl): string {
  return `${Math.floor(version / 10_000)}.${Math.floor(version / 100) % 100}.${version % 100}`;
}

function attempt<Value>(call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    throw ncclError((error as Error).message);
  }
}

function ncclError(what: string): BezoarError {
  return new BezoarError('BACKEND_UNAVAILABLE', `NCCL cannot sum over the GPUs: ${what}`, {
    advice: 'NCCL_DEBUG=INFO makes it say why; every process needs a GPU of its own.',
  });
}
