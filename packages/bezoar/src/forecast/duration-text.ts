import { round } from './amount.ts';

const day = 86_400;

/** 41 s, 12 min, 2.1 h, 3.4 days: two significant digits. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${round(seconds)} s`;
  if (seconds < 90 * 60) return `${round(seconds / 60)} min`;
  return seconds <= 2 * day ? `${round(seconds / 3600)} h` : `${round(seconds / day)} days`;
}
