import type { ChatMessage } from '@bezoar/core';

/**
 * The one contract of a language model that chats. Clients for providers, the scripted model and a local model all
 * implement it; datagen, judge and eval know nothing else.
 */
export interface ChatModel {
  /** `openai:gpt-4o`, `anthropic:claude-2.1`, `scripted:demo-teacher`: enters the ledger's key. */
  readonly id: string;
  /**
   * One completion.
   * Throws BezoarError: PROVIDER_AUTH (bad key: stop), PROVIDER_REJECTED (this request is wrong: do not retry),
   * PROVIDER_UNAVAILABLE (gave up after retries), INTERRUPTED (the signal fired).
   */
  complete(request: ChatRequest, options?: { readonly signal?: AbortSignal }): Promise<ChatResponse>;
}

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
}

export interface ChatResponse {
  readonly text: string;
  readonly finishReason: 'stop' | 'length' | 'content-filter' | 'other';
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  /** The model name that the provider reported. */
  readonly model: string;
  /** True when the ledger answered and no call was made. */
  readonly cached?: boolean;
}
