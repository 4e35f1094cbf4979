/** One limit of a provider, as its headers told it. */
export interface LimitState {
  /** A minute's worth. */
  readonly limit?: number;
  readonly remaining?: number;
  /** Until `remaining` is `limit` again. */
  readonly resetMs?: number;
}

/** `tokens` counts input and output together (OpenAI); Anthropic counts them apart. */
export const limitKinds = ['requests', 'tokens', 'inputTokens', 'outputTokens'] as const;
export type LimitKind = (typeof limitKinds)[number];

export type RateLimitState = Readonly<Partial<Record<LimitKind, LimitState>>>;
