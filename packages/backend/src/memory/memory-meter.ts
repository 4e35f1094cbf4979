import type { Backend } from '../contract/backend.ts';
import type { MemoryTake } from './tensor-table.ts';

/** Where bytes are at the busiest moment of a metered stretch. */
export interface MeteredMemory {
  /** Tensors that were there when the stretch began, by the kinds of `keep`. */
  readonly kept: Readonly<Record<string, number>>;
  /** Tensors of the stretch itself. */
  readonly passing: number;
  /** The ops' own memory, and the op that was running. */
  readonly own: number;
  readonly op: string | undefined;
}

/** Finds out what memory is taken for. */
export interface MemoryMeter {
  /** For the option `onTake` of a backend. */
  take(use: MemoryTake): void;
  /** The same backend, whose ops the meter knows by name. */
  watch(backend: Backend): Backend;
  /** Counts the tensors that are live now, and were not before, as a kind of their own. What passed until now is forgotten. */
  keep(kind: string): void;
  /** The busiest moment since the last `keep`. */
  busiest(): MeteredMemory;
}

export function createMemoryMeter(): MemoryMeter {
  const kept: Record<string, number> = {};
  let keptBytes = 0;
  let op: string | undefined;
  let tensors = (): number => 0;
  let most: MemoryTake & { readonly op: string | undefined } = { tensors: 0, own: 0, op };
  return {
    take(use) {
      if (use.tensors + use.own >= most.tensors + most.own) most = { ...use, op };
    },
    watch(backend) {
      tensors = () => backend.memory().live;
      const entries = Object.entries(backend).map(([name, method]: [string, unknown]) => {
        if (typeof method !== 'function') return [name, method];
        const call = method as (...args: unknown[]) => unknown;
        const named = (...args: unknown[]): unknown => {
          op = name;
          return call(...args);
        };
        return [name, named];
      });
      return Object.fromEntries(entries) as Backend;
    },
    keep(kind) {
      const now = tensors();
      kept[kind] = (kept[kind] ?? 0) + now - keptBytes;
      keptBytes = now;
      most = { tensors: now, own: 0, op: undefined };
    },
    busiest: () => ({
      kept: { ...kept },
      passing: most.tensors - keptBytes,
      own: most.own,
      op: most.op,
    }),
  };
}
