import type { PreferencePair } from '@bezoar/core';
import { encodeSide, type EncodedSide } from './encode-side.ts';
import { encodeTexts, fitPrompt, type EncodeSideOptions } from './fit-prompt.ts';

/** A preference pair as tokens: each side is prompt + completion, with the completion as target. */
export interface EncodedPair {
  readonly id: string;
  readonly chosen: EncodedSide;
  readonly rejected: EncodedSide;
}

/**
 * Tokenises prompt and completions apart, BOS in front, EOS after each completion. When a side is too long the prompt
 * keeps its last `maxPromptLength` tokens; if that is not enough both completions are cut to the rest. Pairs that a chat template
 * rendered have their special tokens already.
 */
export function encodePair(pair: PreferencePair, options: EncodeSideOptions): EncodedPair {
  const { prompt, completions } = encodeTexts(
    { ...pair, completions: [pair.chosen, pair.rejected] },
    options.tokenizer,
  );
  const fitted = fitPrompt({ prompt, completions }, options);
  return {
    id: pair.id,
    chosen: encodeSide(fitted.prompt, fitted.completions[0]!),
    rejected: encodeSide(fitted.prompt, fitted.completions[1]!),
  };
}
