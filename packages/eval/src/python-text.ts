/** Python's `str` methods where JavaScript's differ; prompts must be equal to the byte. */

/** The characters for which Python's `str.isspace` is true. U+FEFF, which JavaScript trims, is not one of them. */
const space = String.raw`[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const leading = new RegExp(`^${space}+`, 'u');
const spaces = new RegExp(`${space}+`, 'u');
const trailing = new RegExp(`${space}+$`, 'u');

/** `len(re.split(r"\s+", text))`: words, and one more for white space at either end. */
export function countWords(text: string): number {
  return text.split(spaces).length;
}

/** `str.rstrip()` */
export function stripEnd(text: string): string {
  return text.replace(trailing, '');
}

/** `str.lstrip()` */
export function stripStart(text: string): string {
  return text.replace(leading, '');
}

/** `str.strip()` */
export function strip(text: string): string {
  return stripStart(stripEnd(text));
}

/** `str.capitalize()`: the first character up, all others down. */
export function capitalize(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}

/** `len()`: code points, not UTF-16 units. */
export function codePointLength(text: string): number {
  return Array.from(text).length;
}

/** `str(float)`: whole numbers keep ".0", exponents start earlier than in JavaScript and have two digits. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const sign = Object.is(value, -0) ? '-' : '';
  return Number.isInteger(value) ? `${sign}${value}.0` : String(value);
}
