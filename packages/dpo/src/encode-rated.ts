import { BezoarError, type RatedCompletion } from '@bezoar/core';
import { encodeSide, type EncodedSide } from './encode-side.ts';
import { encodeTexts, fitPrompt, type EncodeSideOptions, type PromptTokens } from './fit-prompt.ts';

/** A rated completion as tokens, for KTO. */
export interface EncodedRated {
  readonly id: string;
  /** Whether the completion is a good one. */
  readonly label: boolean;
  readonly side: EncodedSide;
  /** The same prompt with a completion of another one: what the divergence from the reference is estimated on. */
  readonly mismatched: EncodedSide;
}

/**
 * Tokenises as `encodePair` does, and gives every row the completion of the nearest row before it that has another prompt (before the
 * first one comes the last one). Which one it is depends on the data only, so the reference can be computed before training.
 * Throws BezoarError BAD_INPUT when all prompts are the same.
 */
export function encodeRated(rows: readonly RatedCompletion[], options: EncodeSideOptions): EncodedRated[] {
  const encoded = rows.map((row) =>
    encodeTexts({ ...row, completions: [row.completion] }, options.tokenizer),
  );
  const side = ({ prompt }: PromptTokens, { completions }: PromptTokens): EncodedSide => {
    const fitted = fitPrompt({ prompt, completions }, options);
    return encodeSide(fitted.prompt, fitted.completions[0]!);
  };
  return rows.map(({ id, label }, index) => ({
    id,
    label,
    side: side(encoded[index]!, encoded[index]!),
    mismatched: side(encoded[index]!, encoded[otherPrompt(rows, index)]!),
  }));
}

function otherPrompt(rows: readonly RatedCompletion[], index: number): number {
  for (let back = 1; back < rows.length; back++) {
    const other = (index - back + rows.length) % rows.length;
    if (rows[other]!.prompt !== rows[index]!.prompt) return other;
  }
  throw new BezoarError('BAD_INPUT', 'All rows have the same prompt: KTO needs at least two.', {
    advice: 'Its estimate of the divergence compares prompts with completions of other prompts.',
  });
}
