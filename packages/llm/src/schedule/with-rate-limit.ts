import type { ChatModel } from '../chat-model.ts';

export interface RateLimitOptions {
  readonly requestsPerMinute: number;
  /** Milliseconds; injectable for tests. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** Spaces calls evenly so that no minute sees more than the limit. Put it under the ledger: answered calls cost nothing. */
export function withRateLimit(model: ChatModel, options: RateLimitOptions): ChatModel {
  const { requestsPerMinute, now = () => performance.now() } = options;
  const sleep =
    options.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  const interval = 60_000 / requestsPerMinute;
  let nextStart = -Infinity;
  return {
    id: model.id,
    async complete(request, callOptions) {
      const start = Math.max(now(), nextStart);
      nextStart = start + interval;
      const pause = start - now();
      if (pause > 0) await sleep(pause);
      return model.complete(request, callOptions);
    },
  };
}
