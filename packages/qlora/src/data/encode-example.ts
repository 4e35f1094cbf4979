import { encoderOf, IGNORED, type Tokenizer } from '@bezoar/model';
import type { TextSpan } from './prompt-template.ts';

/** What a training sees of a row. */
export interface EncodedExample {
  readonly tokens: readonly number[];
  /** Per token: the token itself where it is a target, IGNORED (−100) elsewhere. */
  readonly labels: readonly number[];
  /** Positions that count in the loss. */
  readonly targetCount: number;
}

export interface EncodeOptions {
  readonly tokenizer: Tokenizer;
  /** Longer examples are cut at the end. */
  readonly maxLength: number;
  /** BOS in front; true by default where the tokenizer has one. */
  readonly addBos?: boolean;
  /** EOS at the end, as a target when the last span is one; true by default where the tokenizer has one. */
  readonly addEos?: boolean;
  /** The text comes from a chat template: names of special tokens in it are special tokens. False by default. */
  readonly rendered?: boolean;
}

/**
 * Spans to tokens and labels. The text is encoded once, as a whole; a token is a target when it ends inside a target
 * span, which is found by encoding the text before each span (what generation will do) and comparing: so labels never
 * depend on special ids, and a token that straddles a border belongs to the span it completes.
 * Throws BezoarError UNSUPPORTED for rendered text where the tokenizer does not know special tokens.
 */
export function encodeExample(spans: readonly TextSpan[], options: EncodeOptions): EncodedExample {
  const { tokenizer, maxLength, addBos = true, addEos = true, rendered = false } = options;
  const encode = encoderOf(tokenizer, { rendered });
  const ids = encode(spans.map(({ text }) => text).join(''));
  const targets: boolean[] = [];
  let text = '';
  for (const [index, span] of spans.entries()) {
    text += span.text;
    const end = index === spans.length - 1 ? ids.length : commonPrefix(ids, encode(text));
    while (targets.length < end) targets.push(span.target);
  }
  const tokens = [...ids];
  if (addBos && tokenizer.bosId !== undefined) {
    tokens.unshift(tokenizer.bosId);
    targets.unshift(false);
  }
  if (addEos && tokenizer.eosId !== undefined) {
    tokens.push(tokenizer.eosId);
    targets.push(spans.at(-1)?.target ?? false);
  }
  // The first token is predicted from nothing, so it is never a target.
  const labels = tokens.map((token, index) => (index > 0 && targets[index] === true ? token : IGNORED));
  return cutExample({ tokens, labels }, maxLength);
}

/** The first tokens of an example. */
export function cutExample(
  example: Pick<EncodedExample, 'tokens' | 'labels'>,
  maxLength: number,
): EncodedExample {
  const labels = example.labels.slice(0, maxLength);
  return {
    tokens: example.tokens.slice(0, maxLength),
    labels,
    targetCount: labels.filter((label) => label !== IGNORED).length,
  };
}

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
