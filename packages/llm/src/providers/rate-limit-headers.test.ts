import { describe, expect, it } from 'vitest';
import { readRateLimit } from './rate-limit-headers.ts';

describe('readRateLimit', () => {
  it("reads OpenAI's headers, requests and tokens apart", () => {
    const headers = new Headers({
      'x-ratelimit-limit-requests': '5000',
      'x-ratelimit-remaining-requests': '4999',
      'x-ratelimit-reset-requests': '12ms',
      'x-ratelimit-limit-tokens': '160000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1m30.5s',
    });
    expect(readRateLimit(headers)).toEqual({
      requests: { limit: 5000, remaining: 4999, resetMs: 12 },
      tokens: { limit: 160_000, remaining: 0, resetMs: 90_500 },
    });
  });

  it("reads Anthropic's headers by the server's clock, and leaves their combined limit out", () => {
    const headers = new Headers({
      date: 'Tue, 24 Nov 2026 10:00:00 GMT',
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': '2026-11-24T10:00:01Z',
      'anthropic-ratelimit-tokens-limit': '40000',
      'anthropic-ratelimit-tokens-remaining': '40000',
      'anthropic-ratelimit-input-tokens-limit': '30000',
      'anthropic-ratelimit-input-tokens-remaining': '28000',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-24T10:00:04.5Z',
      'anthropic-ratelimit-output-tokens-limit': '8000',
      'anthropic-ratelimit-output-tokens-remaining': '8000',
    });
    expect(readRateLimit(headers, 0)).toEqual({
      requests: { limit: 50, remaining: 49, resetMs: 1000 },
      inputTokens: { limit: 30_000, remaining: 28_000, resetMs: 4500 },
      outputTokens: { limit: 8000, remaining: 8000 },
    });
  });

  it('finds nothing in other headers, and no sense in broken ones', () => {
    expect(readRateLimit(new Headers({ 'content-type': 'text/html' }))).toBeUndefined();
    const broken = new Headers({ 'x-ratelimit-limit-requests': '9', 'x-ratelimit-reset-requests': 'soon' });
    expect(readRateLimit(broken)).toEqual({ requests: { limit: 9 } });
    expect(readRateLimit(new Headers({ 'x-ratelimit-limit-tokens': 'many' }))).toBeUndefined();
  });
});
