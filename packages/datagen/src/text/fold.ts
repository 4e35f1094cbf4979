/** A text for exact comparison: lower case, every run of white space one space. */
export function fold(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
