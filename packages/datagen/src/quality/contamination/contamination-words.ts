import { words } from '../words.ts';

/** Normalised words without GSM8K's calculator marks (`<<2*3=6>>`), which copies of its answers often lack. */
export function contaminationWords(text: string): string[] {
  return words(text.replace(/<<[^<>]*>>/g, ' '));
}
