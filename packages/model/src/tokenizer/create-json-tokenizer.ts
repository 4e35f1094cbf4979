import { BezoarError, parseOrThrow } from '@bezoar/core';
import * as library from '@huggingface/tokenizers';
import { z } from 'zod';
import type { TokenizerSettings } from './load-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What is used of the library. Its own declarations import without file endings, which nodenext does not resolve. */
interface LibraryTokenizer {
  encode(text: string, options?: { readonly add_special_tokens?: boolean }): { readonly ids: number[] };
  decode(ids: readonly number[], options: { readonly clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
  get_vocab(withAddedTokens: boolean): Map<string, number>;
}

const { Tokenizer: LibraryTokenizer } = library as unknown as {
  readonly Tokenizer: new (json: object, config: object) => LibraryTokenizer;
};

const fileSchema = z.looseObject({
  model: z.looseObject({ type: z.string().optional(), vocab: z.unknown() }),
  added_tokens: z
    .array(z.looseObject({ id: z.number().int(), content: z.string(), special: z.boolean().optional() }))
    .default([]),
});

export interface JsonTokenizerOptions {
  /** For messages: the file's name. */
  readonly what: string;
  readonly settings?: TokenizerSettings;
}

/**
 * A tokenizer from the content of a Hugging Face `tokenizer.json`. Special tokens in the text are text: a user who writes
 * "</s>" does not end the sequence.
 */
export function createJsonTokenizer(json: unknown, { what, settings = {} }: JsonTokenizerOptions): Tokenizer {
  const { added_tokens: added } = parseOrThrow(fileSchema, json, { what, code: 'BAD_FILE' });
  const special = new Map(
    added.filter((token) => token.special === true).map(({ content, id }) => [content, id]),
  );
  // Without its special tokens, the library cannot find them in a text; with them, it decodes and post-processes.
  const plain = build(withoutSpecial(json as Record<string, unknown>), what);
  const whole = build(json as Record<string, unknown>, what);
  const specialIds = new Set(special.values());
  const idOf = (token: string | null | undefined, usual: string): number | undefined => {
    const name = token ?? usual;
    return special.get(name) ?? whole.token_to_id(name);
  };
  const bosId = idOf(settings.bos_token, '<s>');
  return {
    vocabSize: 1 + [...whole.get_vocab(true).values()].reduce((max, id) => Math.max(max, id), -1),
    bosId,
    eosId: idOf(settings.eos_token, '</s>'),
    unkId: idOf(settings.unk_token, '<unk>'),
    addsBos: settings.add_bos_token ?? (bosId !== undefined && whole.encode('a').ids[0] === bosId),
    encode: (text) => plain.encode(text, { add_special_tokens: false }).ids,
    decode(ids) {
      const ordinary = ids.filter((id) => !specialIds.has(id));
      return ordinary.length === 0 ? '' : whole.decode(ordinary, { clean_up_tokenization_spaces: false });
    },
  };
}

function withoutSpecial(json: Record<string, unknown>): Record<string, unknown> {
  const added = (json['added_tokens'] as { special?: boolean }[] | undefined) ?? [];
  return { ...json, added_tokens: added.filter((token) => token.special !== true), post_processor: null };
}

function build(json: Record<string, unknown>, what: string): LibraryTokenizer {
  try {
    return new LibraryTokenizer(json, {});
  } catch (cause) {
    throw new BezoarError('UNSUPPORTED', `${what} cannot be used: ${(cause as Error).message}.`, { cause });
  }
}
