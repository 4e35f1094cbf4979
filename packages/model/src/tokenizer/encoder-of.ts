import { BezoarError } from '@bezoar/core';
import type { Tokenizer } from './tokenizer.ts';

/**
 * How text becomes ids: plain text, or text that a chat template rendered, in which special tokens stand by name.
 * Throws BezoarError UNSUPPORTED when the tokenizer does not know its special tokens.
 */
export function encoderOf(
  tokenizer: Tokenizer,
  { rendered }: { readonly rendered: boolean },
): (text: string) => number[] {
  if (!rendered) return (text) => tokenizer.encode(text);
  const text = tokenizer.rendered;
  if (text === undefined) {
    throw new BezoarError('UNSUPPORTED', 'This tokenizer cannot encode what a chat template renders.', {
      advice: 'Load it from a model folder with loadTokenizer, or give it a `rendered`.',
    });
  }
  return (each) => text.encode(each);
}
