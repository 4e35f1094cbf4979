import type { Backend } from '../contract/backend.ts';
import type { MemoryTake } from './tensor-table.ts';

/** Where bytes are at the busiest moment of a metered stretch. */
export interface MeteredMemory {
  /** Tensors that were there when the stretch began, by the kinds of `keep`. */
  readonly kept: Readonly<Record<string, number>>;
  /** Tensors of the stretch itself. */
  readonly passing: number;
  /** Of the backend itself, over many ops. */
  readonly backend: number;
  /** Of the op that was running, and its name. */
  readonly scratch: number;
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

/** Adds up what a backend tells it about the memory that it takes (`onTake` of a tensor table), by what it was taken for. */
export function createMemoryMeter(): MemoryMeter {
  const kept: Record<string, number> = {};
  let keptBytes = 0;
  let op: string | undefined;
  let tensors = (): number => 0;
  let now: MemoryTake = { tensors: 0, kept: 0, scratch: 0 };
  let most: MemoryTake & { readonly op: string | undefined } = { ...now, op };
  return {
    take(use) {
      now = use;
      if (sum(use) >= sum(most)) most = { ...use, op };
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
      const live = tensors();
      kept[kind] = (kept[kind] ?? 0) + live - keptBytes;
      keptBytes = live;
      most = { tensors: live, kept: now.kept, scratch: 0, op: undefined };
    },
    busiest: () => ({
      kept: { ...kept },
      passing: most.tensors - keptBytes,
      backend: most.kept,
      scratch: most.scratch,
      op: most.op,
    }),
  };
}

function sum({ tensors, kept, scratch }: MemoryTake): number {
  return tensors + kept + scratch;
}
