import { z } from 'zod';

/** A number on a scale. Some judges write numbers as text, or "8/10". */
export function ratingSchema([low, high]: readonly [low: number, high: number]): z.ZodType<number> {
  return z.preprocess((value) => withoutScale(value, high), z.coerce.number().min(low).max(high));
}

function withoutScale(value: unknown, high: number): unknown {
  if (typeof value !== 'string') return value;
  const [, rating = value, of] = /^\s*([\d.]+)\s*\/\s*([\d.]+)\s*$/.exec(value) ?? [];
  return of === undefined || Number(of) === high ? rating : value;
}
