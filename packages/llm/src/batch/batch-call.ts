import type { CallOptions, ChatRequest, ChatResponse } from '../chat-model.ts';
import { interruptedCall } from '../schedule/throw-if-interrupted.ts';
import type { Watch } from './watch-batch.ts';

/** Somebody finds out what became of a batch. */
export interface Lookup {
  readonly over: Promise<void>;
  /** Nobody waits for it any more. */
  readonly stop: AbortController;
}

/** A call that somebody waits for. */
export interface BatchCall {
  readonly customId: string;
  readonly request: ChatRequest;
  readonly done: PromiseWithResolvers<ChatResponse>;
  entry: object;
  bytes: number;
  /** US dollars, set aside while it is under way. */
  reserved: number;
  withSchema: boolean;
  attempts: number;
  listeners: number;
  watch: Watch | undefined;
  lookup: Lookup | undefined;
  takenOver: boolean;
}

export function newBatchCall(customId: string, request: ChatRequest): BatchCall {
  const done = Promise.withResolvers<ChatResponse>();
  // Whoever waits gets the failure; after an interruption nobody does.
  done.promise.catch(() => undefined);
  return {
    customId,
    request,
    done,
    entry: {},
    bytes: 0,
    reserved: 0,
    withSchema: true,
    attempts: 0,
    listeners: 1,
    watch: undefined,
    lookup: undefined,
    takenOver: false,
  };
}

/** The answer, or INTERRUPTED as soon as the signal fires. */
export async function untilAborted(
  call: BatchCall,
  { signal }: CallOptions,
  abandon: (call: BatchCall) => void,
): Promise<ChatResponse> {
  if (signal === undefined) return call.done.promise;
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    abandon(call);
    reject(interruptedCall());
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([call.done.promise, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
