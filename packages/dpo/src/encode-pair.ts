import type { PreferencePair } from '@bezoar/core';
import { encoderOf, IGNORED, type Tokenizer } from '@bezoar/model';

/** A preference pair as tokens: each side is prompt + completion, with the completion as target. */
export interface EncodedPair {
  readonly id: string;
  readonly chosen: EncodedSide;
  readonly rejected: EncodedSide;
}

export interface EncodedSide {
  readonly tokens: readonly number[];
  readonly labels: readonly number[];
  /** Tokens of the completion. */
  readonly targetCount: number;
}

export interface EncodePairOptions {
  readonly tokenizer: Tokenizer;
  /** Of prompt and completion together. 512 by default (Mitchell's reference code). */
  readonly maxLength?: number;
  /** A longer prompt keeps its end. 256 by default. */
  readonly maxPromptLength?: number;
}

/**
 * Tokenises prompt and completions apart, BOS in front, EOS after each completion. When a side is too long the prompt
 * keeps its last `maxPromptLength` tokens; if that is not enough both completions are cut to the rest. Pairs that a chat template
 * rendered have their special tokens already.
 */
export function encodePair(pair: PreferencePair, options: EncodePairOptions): EncodedPair {
  const { tokenizer, maxLength = 512, maxPromptLength = 256 } = options;
  const { rendered = false } = pair;
  const encode = encoderOf(tokenizer, { rendered });
  const bos = rendered || tokenizer.bosId === undefined ? [] : [tokenizer.bosId];
  const eos = rendered || tokenizer.eosId === undefined ? [] : [tokenizer.eosId];
  let prompt = encode(pair.prompt);
  const chosen = [...encode(pair.chosen), ...eos];
  const rejected = [...encode(pair.rejected), ...eos];
  const longest = Math.max(chosen.length, rejected.length);
  if (bos.length + prompt.length + longest > maxLength) prompt = prompt.slice(-maxPromptLength);
  prompt = [...bos, ...prompt];
  const room = Math.max(1, maxLength - prompt.length);
  return {
    id: pair.id,
    chosen: encodeSide(prompt, chosen.slice(0, room)),
    rejected: encodeSide(prompt, rejected.slice(0, room)),
  };
}

/** A side from token ids: nothing in the prompt is a target, everything in the completion is. */
export function encodeSide(prompt: readonly number[], completion: readonly number[]): EncodedSide {
  return {
    tokens: [...prompt, ...completion],
    labels: [...prompt.map(() => IGNORED), ...completion],
    targetCount: completion.length,
  };
}
