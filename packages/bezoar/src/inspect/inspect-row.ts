import { IGNORED, type Tokenizer } from '@bezoar/model';
import { cutExample, encodeExample, type EncodedExample, type RenderedRow } from '@bezoar/qlora';
import { findSuspicions, type Suspicion } from './find-suspicions.ts';
import { tokenTexts } from './token-texts.ts';

export interface InspectRowOptions {
  readonly tokenizer: Tokenizer;
  /** Tokens of an example; what is beyond is cut. */
  readonly maxLength: number;
  /** Tokens that end an answer. */
  readonly endIds: ReadonlySet<number>;
}

export interface InspectedRow {
  /** Place in the data, from 1. */
  readonly row: number;
  /** As the model will see it. */
  readonly kept: EncodedExample;
  readonly cut: { readonly tokens: number; readonly targets: number };
  readonly suspicions: readonly Suspicion[];
}

/** What becomes of a row: tokens, labels, what is cut, and what looks wrong. */
export function inspectRow(
  { spans, encoding }: RenderedRow,
  row: number,
  { tokenizer, maxLength, endIds }: InspectRowOptions,
): InspectedRow {
  const whole = encodeExample(spans, { tokenizer, maxLength: Infinity, ...encoding });
  const kept = cutExample(whole, maxLength);
  return {
    row,
    kept,
    cut: {
      tokens: whole.tokens.length - kept.tokens.length,
      targets: whole.targetCount - kept.targetCount,
    },
    suspicions: findSuspicions({ whole, kept, endIds, bosId: tokenizer.bosId }),
  };
}

export interface InspectedToken {
  readonly id: number;
  /** Empty for a part of a character that a later token completes. */
  readonly text: string;
  /** The model learns to write it. */
  readonly target: boolean;
  readonly special: boolean;
}

export function inspectTokens({ tokens, labels }: EncodedExample, tokenizer: Tokenizer): InspectedToken[] {
  const texts = tokenTexts(tokens, tokenizer);
  return tokens.map((id, index) => ({ id, target: labels[index] !== IGNORED, ...texts[index]! }));
}
