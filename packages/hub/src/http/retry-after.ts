/**
 * How long a refusing server asks to wait, in milliseconds: `Retry-After` (seconds, or a date), else the Hub's
 * `RateLimit: "api";r=0;t=55` (the window opens again in `t` seconds). Undefined when it says nothing.
 */
export function retryAfterMs(headers: Headers, now: Date): number | undefined {
  const after = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(after)) return Number(after) * 1000;
  const date = Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now.getTime());
  const seconds = /(?:^|;)\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
