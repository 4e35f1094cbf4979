import type { Tokenizer } from '@bezoar/model';

/** The text up to the first of the stop strings. */
export function cutAtStop(text: string, until: readonly string[]): string {
  return until.reduce((rest, stop) => (stop === '' ? rest : rest.split(stop, 1)[0]!), text);
}

/**
 * Whether the newest tokens hold a stop string. Only the end is decoded: every token is at least a byte, so a stop string
 * that has just been completed lies within its length in bytes, with some more for a character that began before.
 */
export function createStopCheck(
  tokenizer: Tokenizer,
  until: readonly string[],
): (newTokens: readonly number[]) => boolean {
  const stops = until.filter((stop) => stop !== '');
  const bytes = stops.map((stop) => new TextEncoder().encode(stop).length);
  const window = Math.max(0, ...bytes) + 8;
  return (newTokens) => {
    if (stops.length === 0) return false;
    const end = tokenizer.decode(newTokens.slice(-window));
    return stops.some((stop) => end.includes(stop));
  };
}
