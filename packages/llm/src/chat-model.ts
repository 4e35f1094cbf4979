import type { ChatMessage } from '@bezoar/core';
import type { RateLimitState } from './schedule/rate-limit-state.ts';

/**
 * The one contract of a language model that chats. Clients for providers, the scripted model and a local model all
 * implement it; datagen, judge and eval know nothing else.
 */
export interface ChatModel {
  /** `openai:gpt-4o`, `anthropic:claude-2.1`, `scripted:demo-teacher`: enters the ledger's key. */
  readonly id: string;
  /**
   * One completion.
   * Throws BezoarError: PROVIDER_AUTH (bad key, no money: stop), PROVIDER_REJECTED (this request is wrong: do not retry),
   * PROVIDER_UNAVAILABLE (gave up after retries), INTERRUPTED (the signal fired). The first three carry
   * `data.status` (undefined when no whole answer came), `data.mayBeBilled`, `data.subject` (`content` when a filter
   * dislikes the request's text), and `data.retryAfterMs` and `data.rateLimit` where the provider sent them.
   */
  complete(request: ChatRequest, options?: CallOptions): Promise<ChatResponse>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** False: one try, its failure is thrown at once. A scheduler sets it, because it waits for all calls together. */
  readonly retry?: boolean;
}

/** A JSON Schema of an object, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a model is asked. All of it decides the answer, and is in the key of the ledger. */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  /**
   * Distinguishes deliberate repeats of the same request (the second draw of one prompt): part of the ledger's key,
   * and sent as the provider's `seed` where it has one.
   */
  readonly sampleIndex?: number;
  /**
   * Asks for a reply that is one JSON object of this shape. A hint: clients use the provider's structured mode where
   * there is one, and leave it out where the server refuses it. `completeJson` sets it and checks the reply.
   */
  readonly responseSchema?: JsonSchema;
}

/** What it answered. */
export interface ChatResponse {
  readonly text: string;
  readonly finishReason: 'stop' | 'length' | 'content-filter' | 'other';
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  /** The model name that the provider reported. */
  readonly model: string;
  /** True when the ledger answered and no call was made. */
  readonly cached?: boolean;
  /** What the provider said when it would not answer. */
  readonly refusal?: string;
  /** US dollars; set by a scheduler that knows prices. */
  readonly cost?: number;
  /** True when the call is paid once, though an earlier process had begun it: what became of that is known. Nobody stores it. */
  readonly takenOver?: boolean;
  /** How often somebody else had begun the call and died: each of them may be billed. A ledger counts it; nobody stores it. */
  readonly begunAgain?: number;
  /** What the provider's headers said about its limits; a scheduler reads it, and nobody stores it. */
  readonly rateLimit?: RateLimitState;
}
