import type { RunEvent } from '@bezoar/core';
import { joinGroup, type GroupPlace, type TcpGroup } from '@bezoar/distributed';
import type { CliIo } from './io.ts';

export interface InGroupOptions {
  /** Undefined for a process on its own. */
  readonly place: GroupPlace | undefined;
  readonly io: Pick<CliIo, 'interruption'>;
  readonly note: (event: RunEvent) => void;
}

export interface Membership {
  readonly group: TcpGroup | undefined;
  /** Fires when this process, or any of the group, is told to stop. */
  readonly signal: AbortSignal;
}

/** Meets the other processes, works, and leaves; when the work fails, the others are told. */
export async function inGroup<Result>(
  { place, io, note }: InGroupOptions,
  work: (membership: Membership) => Promise<Result>,
): Promise<Result> {
  const own = io.interruption();
  if (place === undefined) return work({ group: undefined, signal: own });
  if (place.rank === 0) {
    const message = `waits for ${place.size - 1} other ${place.size === 2 ? 'process' : 'processes'} on port ${place.port}`;
    note({ type: 'note', stage: 'group', message });
  }
  const group = await joinGroup({ ...place, signal: own });
  if (own.aborted) group.interrupt();
  own.addEventListener('abort', () => group.interrupt());
  try {
    const result = await work({ group, signal: AbortSignal.any([own, group.interruption]) });
    await group.close();
    return result;
  } catch (error) {
    await group.close(error);
    throw error;
  }
}
