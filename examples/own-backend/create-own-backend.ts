import {
  argumentChecks,
  checkUpload,
  checkWrite,
  withArgumentChecks,
  type Backend,
  type BackendCapabilities,
  type BackendOps,
  type HostArray,
  type OpName,
  type Tensor,
} from '@bezoar/backend';
import { createHostMemory } from './host-memory.ts';
import { mapTensors } from './map-tensors.ts';
import { ownOps, type OwnOp } from './own-ops.ts';

export interface OwnBackendOptions {
  /** Computes what is not written yet. It is disposed of with this backend. */
  readonly lender: Backend;
  /** Milliseconds. */
  readonly now?: () => number;
}

export interface OpUse {
  readonly op: OpName;
  /** Written here, or borrowed. */
  readonly own: boolean;
  readonly calls: number;
  readonly ms: number;
}

export interface OwnBackend extends Backend {
  /** What the ops have taken so far, the longest first. Of a borrowed one the way there and back counts, too. */
  uses(): readonly OpUse[];
}

/**
 * A backend that is whole from its first day: it has memory and a queue of its own, and every op that is not in `ownOps` goes to another
 * backend, with its tensors copied there and back. So models run on it at once, the conformance suite says whether an op that was
 * written is right, and `uses` says which one to write next.
 */
export function createOwnBackend({ lender, now = () => performance.now() }: OwnBackendOptions): OwnBackend {
  const memory = createHostMemory();
  const { table, array } = memory;
  const capabilities: BackendCapabilities = {
    description: `an example, borrowing from ${lender.capabilities.description}`,
    weightFormats: new Set(['f32']),
    maxHeadDim: lender.capabilities.maxHeadDim,
    missing: {
      // It gives back what it computed at once, and a borrowed result is there only later.
      nf4Quantize: 'this example keeps its weights in f32',
      nf4Dequantize: 'this example keeps its weights in f32',
    },
  };

  // As on a GPU: ops are put into a queue, and only download and synchronize wait for it.
  let queue: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;
  const enqueue = (work: () => void | Promise<void>): void => {
    queue = queue
      .then(() => (failure === undefined ? work() : undefined))
      .catch((error: unknown) => void (failure ??= { error }));
  };
  const settle = async (): Promise<void> => {
    await queue;
    if (failure !== undefined) throw failure.error;
  };

  const uses = new Map<OpName, OpUse>();
  const timed = async (op: OpName, own: boolean, work: () => void | Promise<void>): Promise<void> => {
    const started = now();
    await work();
    const { calls, ms } = uses.get(op) ?? { calls: 0, ms: 0 };
    uses.set(op, { op, own, calls: calls + 1, ms: ms + now() - started });
  };

  const borrow = (op: OpName, args: unknown): (() => Promise<void>) => {
    const mine = new Map<Tensor, HostArray>();
    mapTensors(args, (tensor) => {
      mine.set(tensor, array(tensor));
      return tensor;
    });
    return async () => {
      const lent = new Map<Tensor, Tensor>();
      try {
        for (const [tensor, values] of mine)
          lent.set(tensor, lender.upload(tensor.dtype, tensor.shape, values as never));
        (lender[op] as (args: unknown) => unknown)(mapTensors(args, (tensor) => lent.get(tensor)!));
        // Which of them are outputs only the op knows: all come back.
        for (const [tensor, values] of mine) values.set(await lender.download(lent.get(tensor)!));
      } finally {
        for (const tensor of lent.values()) tensor.dispose();
      }
    };
  };

  const names = Object.keys(argumentChecks) as OpName[];
  const ops = names.map((op) => {
    const written = (ownOps as Partial<Record<OpName, OwnOp<never>>>)[op];
    const call = (args: never): void => {
      const work = written === undefined ? borrow(op, args) : written(memory, args);
      enqueue(() => timed(op, written !== undefined, work));
    };
    return [op, call];
  });

  return {
    capabilities,
    ...withArgumentChecks(Object.fromEntries(ops) as BackendOps, capabilities),
    alloc: (dtype, shape) => table.take(dtype, shape),
    upload(dtype, shape, data) {
      table.requireOpen();
      checkUpload(dtype, shape, data);
      const tensor = table.take(dtype, shape);
      array(tensor).set(data);
      return tensor;
    },
    write(tensor, data) {
      checkWrite(tensor, data);
      const [values, copy] = [array(tensor), data.slice()];
      enqueue(() => values.set(copy));
    },
    async download(tensor) {
      const values = array(tensor);
      await settle();
      return values.slice() as never;
    },
    synchronize: settle,
    async dispose() {
      if (!table.close()) return;
      await queue;
      table.disposeAll();
      await lender.dispose();
    },
    memory: () => table.memory(),
    uses: () => [...uses.values()].sort((a, b) => b.ms - a.ms),
  };
}
