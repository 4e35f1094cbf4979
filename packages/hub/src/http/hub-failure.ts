import type { BezoarError } from '@bezoar/core';
import type { HubRepo } from '../reference/hub-repo.ts';

/** A request that failed: what to say about it, and whether to try again. */
export interface HubFailure {
  readonly error: BezoarError;
  readonly retryable: boolean;
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number | undefined;
  /** Some bytes had arrived: the tries are counted anew. */
  readonly progressed?: boolean;
}

/** What a request is about, for messages. */
export interface RequestSubject {
  readonly repo: HubRepo;
  readonly revision: string;
  readonly file?: string;
  /** Something is changed at the Hub, for which a token needs more rights than for reading. */
  readonly writes?: true;
}
