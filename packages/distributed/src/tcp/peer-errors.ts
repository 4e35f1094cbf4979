import { BezoarError, describeError, type ErrorCode } from '@bezoar/core';
import { fromJson, toJson } from './frame.ts';

const goOn =
  'Look at the output of that process, and run the same command again to go on from the last saved state.';

/** A process is gone, or did not come. */
export function peerFailed(ranks: readonly number[], what: string, advice: string = goOn): BezoarError {
  const names = `${ranks.length === 1 ? 'Rank' : 'Ranks'} ${ranks.join(', ')}`;
  return new BezoarError('PEER_FAILED', `${names} ${what}.`, { advice, data: { ranks } });
}

interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly advice?: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the others are told of an error: an interruption is one for all, anything else is this process's failure. */
export function errorToWire(error: unknown, rank: number): Uint8Array<ArrayBuffer> {
  const shared = BezoarError.isInstance(error) && ['INTERRUPTED', 'PEER_FAILED'].includes(error.code);
  const told: WireError = shared
    ? { code: error.code, message: error.message, advice: error.advice, data: error.data }
    : {
        code: 'PEER_FAILED',
        message: `Rank ${rank} failed: ${describeError(error)}`,
        data: { ranks: [rank] },
      };
  return toJson(told);
}

export function errorFromWire(bytes: Uint8Array): BezoarError {
  const { code, message, advice, data } = fromJson(bytes) as WireError;
  return new BezoarError(code, message, { ...(advice === undefined ? {} : { advice }), data });
}
