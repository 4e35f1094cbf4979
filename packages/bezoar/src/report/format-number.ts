/** 4 significant digits; thousands with a thin space; very small numbers with an exponent. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value !== 0 && Math.abs(value) < 1e-3)
    return value
      .toExponential(1)
      .replace('e-', '·10⁻')
      .replace(/⁻(\d+)/, (_, digits: string) => `⁻${superscript(digits)}`);
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return groupDigits(Math.round(value));
  return String(Number(value.toPrecision(4)));
}

/** 3 significant digits, for errors and the ends of intervals. */
export function formatShort(value: number): string {
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1000
    ? String(Number(value.toPrecision(3)))
    : formatNumber(value);
}

/** 0.4512 → 45.1 % */
export function formatShare(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** Cents where that is enough: $12.34, $0.0056 */
export function formatDollars(value: number): string {
  return `$${value.toFixed(value >= 1 || value === 0 ? 2 : 4)}`;
}

/** 75 → 1 min 15 s */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 2026-11-27T05:03:19.466Z → 2026-11-27 05:03 UTC */
export function formatDate(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

function groupDigits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

function superscript(digits: string): string {
  return Array.from(digits, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('');
}
