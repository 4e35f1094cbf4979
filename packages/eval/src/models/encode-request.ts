import { BezoarError } from '@bezoar/core';
import { encoderOf, type ScoreRequest, type Tokenizer } from '@bezoar/model';
import type { GenerationRequest, LoglikelihoodRequest } from '../language-model.ts';
import { stripEnd } from '../python-text.ts';

/** Whether texts start with the BOS token: as the tokenizer's own settings say, or always, or never. */
export type BosMode = 'tokenizer' | 'always' | 'never';

export interface TextEncoding {
  readonly tokenizer: Tokenizer;
  readonly bos: BosMode;
  /** The most tokens that a forward pass may read; the one after them can be scored too. */
  readonly maxLength: number;
}

/** The tokens in front of every text: BOS or nothing. */
export function startTokens({ tokenizer, bos }: Pick<TextEncoding, 'tokenizer' | 'bos'>): number[] {
  if (bos === 'never' || (bos === 'tokenizer' && !tokenizer.addsBos)) return [];
  if (tokenizer.bosId !== undefined) return [tokenizer.bosId];
  throw new BezoarError('BAD_CONFIG', `bos: ${bos} is asked for, but the tokenizer has no BOS token.`, {
    advice: 'Use bos: never.',
  });
}

/**
 * A request as tokens, cut as LM-Eval-Harness cuts it. White space at the end of the context goes to the continuation;
 * both are encoded as one text, and what lies beyond the length of the encoded context is scored. An empty context
 * becomes BOS (else EOS). What is too long loses tokens on its left. A chat template's context stays as it is.
 */
export function encodeRequest(request: LoglikelihoodRequest, encoding: TextEncoding): ScoreRequest {
  const { tokenizer, maxLength } = encoding;
  const { rendered = false } = request;
  const encode = encoderOf(tokenizer, { rendered });
  const context = rendered ? request.context : stripEnd(request.context);
  const continuation = request.context.slice(context.length) + request.continuation;
  const start = rendered ? [] : startTokens(encoding);

  const before = context === '' ? [prefixToken(tokenizer)] : [...start, ...encode(context)];
  const whole =
    context === '' ? [...before, ...encode(continuation)] : [...start, ...encode(context + continuation)];
  const scored = whole.length - before.length;
  if (scored < 1) {
    throw new BezoarError(
      'BAD_INPUT',
      `The continuation ${JSON.stringify(request.continuation)} adds no token to its context.`,
      { advice: 'Give a continuation that is not empty.', data: { continuation: request.continuation } },
    );
  }
  if (scored > maxLength) {
    throw new BezoarError(
      'BAD_INPUT',
      `A continuation of ${scored} tokens does not fit into the model's ${maxLength} positions.`,
      { advice: 'Raise maxLength or shorten the answers.' },
    );
  }
  const tokens = whole.slice(-maxLength - 1);
  return { tokens, from: tokens.length - scored };
}

/**
 * A whole text, after BOS where texts start with it, as windows of `maxLength` tokens each of which scores tokens that no other scores.
 * The first token follows BOS (else EOS); a later window sees as many tokens before its own as there is room for, at least one.
 */
export function encodeWindows(text: string, encoding: TextEncoding): ScoreRequest[] {
  const { tokenizer, maxLength } = encoding;
  const tokens = [...startTokens(encoding), ...encoderOf(tokenizer, { rendered: false })(text)];
  const windows: ScoreRequest[] = [];
  for (let start = 0; start < tokens.length; start += maxLength) {
    const end = Math.min(start + maxLength, tokens.length);
    const context =
      start === 0 ? [prefixToken(tokenizer)] : tokens.slice(Math.max(0, end - maxLength - 1), start);
    windows.push({ tokens: [...context, ...tokens.slice(start, end)], from: context.length });
  }
  return windows;
}

/** A prompt as tokens; its left is cut so that `maxTokens` new ones fit. Never empty. */
export function encodePrompt(
  { prompt, maxTokens, rendered = false }: Pick<GenerationRequest, 'prompt' | 'maxTokens' | 'rendered'>,
  encoding: TextEncoding,
): number[] {
  const room = encoding.maxLength - maxTokens;
  if (room < 1) {
    throw new BezoarError(
      'BAD_CONFIG',
      `${maxTokens} new tokens leave no room for a prompt in ${encoding.maxLength} positions.`,
      { advice: 'Lower maxTokens.' },
    );
  }
  const start = rendered ? [] : startTokens(encoding);
  const tokens = [...start, ...encoderOf(encoding.tokenizer, { rendered })(prompt)];
  return tokens.length === 0 ? [prefixToken(encoding.tokenizer)] : tokens.slice(-room);
}

function prefixToken(tokenizer: Tokenizer): number {
  const token = tokenizer.bosId ?? tokenizer.eosId;
  if (token !== undefined) return token;
  throw new BezoarError('BAD_INPUT', 'An empty context needs a BOS or EOS token; the tokenizer has none.');
}
