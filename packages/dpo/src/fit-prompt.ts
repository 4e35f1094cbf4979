import { encoderOf, type Tokenizer } from '@bezoar/model';

export interface LengthLimits {
  /** Of prompt and completion together. 512 by default (Mitchell's reference code). */
  readonly maxLength?: number;
  /** A longer prompt keeps its end. 256 by default. */
  readonly maxPromptLength?: number;
}

export interface EncodeSideOptions extends LengthLimits {
  readonly tokenizer: Tokenizer;
}

/** A prompt and completions of it, as token ids. */
export interface PromptTokens {
  /** BOS apart, which a cut prompt keeps. */
  readonly prompt: { readonly bos: readonly number[]; readonly tokens: readonly number[] };
  readonly completions: readonly (readonly number[])[];
}

export interface PromptTexts {
  readonly prompt: string;
  readonly completions: readonly string[];
  /** A chat template made the texts: see `PreferencePair`. */
  readonly rendered?: boolean | undefined;
}

/** BOS in front of the prompt, EOS behind each completion; texts of a chat template have their special tokens already. */
export function encodeTexts(
  { prompt, completions, rendered = false }: PromptTexts,
  tokenizer: Tokenizer,
): PromptTokens {
  const encode = encoderOf(tokenizer, { rendered });
  const bos = rendered || tokenizer.bosId === undefined ? [] : [tokenizer.bosId];
  const eos = rendered || tokenizer.eosId === undefined ? [] : [tokenizer.eosId];
  return {
    prompt: { bos, tokens: encode(prompt) },
    completions: completions.map((text) => [...encode(text), ...eos]),
  };
}

/**
 * Cuts as Mitchell's reference code does: when the longest completion does not fit, the prompt keeps its last
 * `maxPromptLength` tokens; if that is not enough the completions keep the start that there is room for.
 */
export function fitPrompt(
  { prompt: { bos, tokens }, completions }: PromptTokens,
  { maxLength = 512, maxPromptLength = 256 }: LengthLimits,
): { readonly prompt: readonly number[]; readonly completions: readonly (readonly number[])[] } {
  const longest = Math.max(...completions.map(({ length }) => length));
  const tooLong = bos.length + tokens.length + longest > maxLength;
  const prompt = [...bos, ...(tooLong ? tokens.slice(-maxPromptLength) : tokens)];
  const room = Math.max(1, maxLength - prompt.length);
  return { prompt, completions: completions.map((completion) => completion.slice(0, room)) };
}
