import { formatNumber } from '../report/format-number.ts';

/** A number that nobody knows for sure before a run, and how well it is known. */
export interface Amount {
  /** What is expected. */
  readonly value: number;
  /** It cannot be more. Infinity: nobody knows a bound. */
  readonly most: number;
  /** It is this number, whatever happens. */
  readonly exact: boolean;
}

/** Of the three ways in which a run may go. Undefined when nobody knows what to expect: NaN. */
export function amountOf(least: number, expected: number, most: number): Amount | undefined {
  if (Number.isNaN(expected)) return undefined;
  return {
    value: expected,
    most: Number.isNaN(most) ? Infinity : Math.max(expected, most),
    exact: least === most,
  };
}

/** `360` when that is sure, `≤240` when that is wanted and may be fewer, `~130` when it rests on assumptions, `?` when nobody knows. */
export function amountText(amount: Amount | undefined): string {
  if (amount === undefined) return '?';
  const { value, most, exact } = amount;
  if (exact) return formatNumber(value);
  return value >= most ? `≤${formatNumber(Math.round(most))}` : `~${formatNumber(round(value))}`;
}

/** Two significant digits: no more is known. */
export function round(value: number): number {
  return Number(value.toPrecision(2));
}
