import type { CallOptions, ChatRequest, ChatResponse } from '../chat-model.ts';

export interface QueuedCall {
  /** Names the call (`callKey`): equal calls are one. */
  readonly key: string;
  readonly modelId: string;
  readonly request: ChatRequest;
}

/** Where calls wait for whoever serves their model: another process, on this machine or on any. */
export interface CallQueue {
  /**
   * The answer of a call that somebody else makes. Throws what the model threw there, a BezoarError as a BezoarError;
   * INTERRUPTED when the signal fires: a call that nobody has begun is taken back then; PROVIDER_UNAVAILABLE when the
   * queue itself cannot be reached.
   */
  enqueue(call: QueuedCall, options?: CallOptions): Promise<ChatResponse>;
  /** Takes back what nobody has begun, and ends the connection. */
  close(): Promise<void>;
}
