import type { LimitKind, LimitState, RateLimitState } from '../schedule/rate-limit-state.ts';

const families: readonly (readonly [LimitKind, (field: string) => string])[] = [
  ['requests', (field) => `x-ratelimit-${field}-requests`],
  ['tokens', (field) => `x-ratelimit-${field}-tokens`],
  ['requests', (field) => `anthropic-ratelimit-requests-${field}`],
  ['inputTokens', (field) => `anthropic-ratelimit-input-tokens-${field}`],
  ['outputTokens', (field) => `anthropic-ratelimit-output-tokens-${field}`],
];

/**
 * Reads the rate-limit headers of either provider; undefined when there are none. Anthropic's `tokens` family repeats
 * whichever of its two token limits is tighter, so it is left out.
 */
export function readRateLimit(headers: Headers, now: number = Date.now()): RateLimitState | undefined {
  // Times are told by the server's clock: measure them by it.
  const serverNow = Date.parse(headers.get('date') ?? '');
  const reference = Number.isNaN(serverNow) ? now : serverNow;
  const state: Partial<Record<LimitKind, LimitState>> = {};
  for (const [kind, name] of families) {
    const limit = readCount(headers.get(name('limit')));
    const remaining = readCount(headers.get(name('remaining')));
    const resetMs = readReset(headers.get(name('reset')), reference);
    if (limit === undefined && remaining === undefined) continue;
    state[kind] = {
      ...(limit === undefined ? {} : { limit }),
      ...(remaining === undefined ? {} : { remaining }),
      ...(resetMs === undefined ? {} : { resetMs }),
    };
  }
  return Object.keys(state).length === 0 ? undefined : state;
}

function readCount(text: string | null): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const count = Number(text);
  return Number.isFinite(count) && count >= 0 ? count : undefined;
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** `1h2m3.5s`, `6ms`, plain seconds, or an RFC 3339 time. */
function readReset(text: string | null, now: number): number | undefined {
  if (text === null || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) {
    return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)].reduce(
      (sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!,
      0,
    );
  }
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
