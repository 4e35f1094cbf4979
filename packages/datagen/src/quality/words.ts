/** Scripts written without spaces: every character counts as a word. */
const unspaced =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
const anyWord = new RegExp(`[${unspaced}]|[[\\p{L}\\p{M}\\p{N}]--[${unspaced}]]+`, 'gv');
const asciiWord = /[a-z0-9]+/g;
const onlyAscii = /^[\x00-\x7f]*$/;

/**
 * The words of a text for comparing texts: NFKC, lower case, runs of letters, marks and digits of any script. Two texts
 * that differ in case, space and punctuation only have the same words.
 */
export function words(text: string): string[] {
  if (onlyAscii.test(text)) return text.toLowerCase().match(asciiWord) ?? [];
  return text.normalize('NFKC').toLowerCase().match(anyWord) ?? [];
}
