const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Python's `strftime` in UTC, for the directives that chat templates use; an unknown one stays as it is. */
export function strftime(date: Date, format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const directives: Readonly<Record<string, () => string>> = {
    Y: () => String(date.getUTCFullYear()),
    y: () => two(date.getUTCFullYear() % 100),
    m: () => two(date.getUTCMonth() + 1),
    B: () => months[date.getUTCMonth()]!,
    b: () => months[date.getUTCMonth()]!.slice(0, 3),
    d: () => two(date.getUTCDate()),
    A: () => days[date.getUTCDay()]!,
    a: () => days[date.getUTCDay()]!.slice(0, 3),
    H: () => two(date.getUTCHours()),
    M: () => two(date.getUTCMinutes()),
    S: () => two(date.getUTCSeconds()),
    '%': () => '%',
  };
  return format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => directives[letter]?.() ?? whole);
}
