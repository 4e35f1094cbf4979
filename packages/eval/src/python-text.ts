/** Python's `str` methods where JavaScript's differ; prompts must be equal to the byte. */

/** The characters for which Python's `str.isspace` is true. U+FEFF, which JavaScript trims, is not one of them. */
const space = String.raw`[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const leading = new RegExp(`^${space}+`, 'u');
const trailing = new RegExp(`${space}+$`, 'u');

/** `str.rstrip()` */
export function stripEnd(text: string): string {
  return text.replace(trailing, '');
}

/** `str.strip()` */
export function strip(text: string): string {
  return stripEnd(text).replace(leading, '');
}

/** `str.capitalize()`: the first character up, all others down. */
export function capitalize(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}

/** `len()`: code points, not UTF-16 units. */
export function codePointLength(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
