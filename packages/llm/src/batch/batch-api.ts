import type { ChatRequest, ChatResponse, JsonSchema } from '../chat-model.ts';
import type { ProviderFailure } from '../providers/failure.ts';

/** What a provider's batch endpoints offer, behind one contract. Every method tries again by itself, but for `create`. */
export interface BatchApi {
  /** `openai:gpt-4o`: enters the ledger's key. */
  readonly id: string;
  /** What one batch may hold at most. */
  readonly limits: BatchLimits;
  /** A request as it stands in a batch. */
  toEntry(customId: string, request: ChatRequest, schema: JsonSchema | undefined): object;
  /** Puts the entries where `create` finds them; returns the file's id. */
  readonly upload?: (entries: readonly string[], name: string) => Promise<string>;
  /** One try, because a batch must not be made twice. Returns the provider's id. */
  create(batch: NewBatch): Promise<string>;
  /** Looks for the batch that an earlier `create` made, though nobody heard of it. */
  find(batch: SoughtBatch): Promise<BatchSearch>;
  status(batchId: string): Promise<BatchStatus>;
  /** All that came of a batch, as lines of JSON: answers and errors, in any order. */
  results(batchId: string): AsyncIterable<string>;
  /** Throws an Error when the line is no result. */
  readResult(line: string): BatchResult;
  /** The failure is about the request's schema: it may pass without. */
  refusesSchema(failure: ProviderFailure): boolean;
  /** Cut out of messages. */
  readonly apiKey: string;
}

export interface BatchLimits {
  readonly requests: number;
  readonly bytes: number;
}

export interface NewBatch {
  /** Ours; stored with the batch where the provider has a place for it. */
  readonly name: string;
  readonly entries: readonly object[];
  readonly fileId: string | undefined;
}

export interface SoughtBatch {
  readonly name: string;
  readonly customIds: ReadonlySet<string>;
  /** Milliseconds since 1970, by this machine's clock: it was not made before. */
  readonly since: number;
  /** Batches whose names are known. */
  readonly isKnown: (batchId: string) => boolean;
}

export type BatchSearch =
  | { readonly kind: 'found'; readonly batchId: string }
  | { readonly kind: 'none' }
  /** One that still runs may be it; who looks again later will know. */
  | { readonly kind: 'unclear' };

export interface BatchStatus {
  /** `ended` also when it expired or was cancelled: what was answered before is among the results. */
  readonly state: 'running' | 'ended' | 'refused';
  readonly done: number;
  readonly total: number;
  /** The provider's word for it. */
  readonly detail: string;
  /** Why it was refused as a whole; `busy` when it may pass later. */
  readonly refusal?: { readonly message: string; readonly busy: boolean };
}

export interface BatchResult {
  readonly customId: string;
  readonly outcome: BatchOutcome;
}

export type BatchOutcome =
  | { readonly kind: 'answered'; readonly response: ChatResponse }
  /** It may pass in another batch. */
  | { readonly kind: 'again'; readonly reason: string }
  /** Somebody cancelled the batch. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly failure: ProviderFailure };
