import type { ProcessGroup } from '../contract/process-group.ts';

/**
 * The members of a group that all live in this process: for tests of loops that run several times at once. Its sum is the slow, obvious
 * one that others are held against.
 */
export function createLocalGroup(size: number): readonly ProcessGroup[] {
  const rounds: Round[] = [];
  return Array.from({ length: size }, (_, rank): ProcessGroup => {
    let calls = 0;
    const gather = (bytes: Uint8Array): Promise<readonly Uint8Array<ArrayBuffer>[]> => {
      const round = (rounds[calls++] ??= createRound());
      round.parts.set(rank, bytes.slice());
      if (round.parts.size === size)
        round.finish(Array.from({ length: size }, (_, index) => round.parts.get(index)!));
      return round.all;
    };
    return {
      rank,
      size,
      failure: new AbortController().signal,
      gather,
      async sum(values) {
        const parts = await gather(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        const arrays = parts.map(({ buffer }) => new Float32Array(buffer));
        for (let i = 0; i < values.length; i++)
          values[i] = arrays.reduce((total, array) => total + array[i]!, 0);
      },
    };
  });
}

interface Round {
  readonly parts: Map<number, Uint8Array<ArrayBuffer>>;
  readonly all: Promise<readonly Uint8Array<ArrayBuffer>[]>;
  readonly finish: (parts: readonly Uint8Array<ArrayBuffer>[]) => void;
}

function createRound(): Round {
  const { promise, resolve } = Promise.withResolvers<readonly Uint8Array<ArrayBuffer>[]>();
  return { parts: new Map(), all: promise, finish: resolve };
}
