import { BezoarError, parseOrThrow } from '@bezoar/core';
import * as library from '@huggingface/tokenizers';
import { z } from 'zod';
import type { TokenizerSettings } from './tokenizer-settings.ts';
import { createRenderedText } from './rendered-text.ts';
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
    .array(
      z.looseObject({
        id: z.number().int(),
        content: z.string(),
        special: z.boolean().optional(),
        lstrip: z.boolean().optional(),
        rstrip: z.boolean().optional(),
      }),
    )
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
  const specialTokens = added
    .filter((token) => token.special === true)
    .map(({ content, id, lstrip, rstrip }) => ({ text: content, id, lstrip, rstrip }));
  const special = new Map(specialTokens.map(({ text, id }) => [text, id]));
  // Without its special tokens, the library cannot find them in a text; with them, it decodes and post-processes.
  const withoutNames = withoutSpecial(json as Record<string, unknown>);
  const plain = build(withoutNames, what);
  const encodeWith = (library: LibraryTokenizer) => (text: string) =>
    library.encode(text, { add_special_tokens: false }).ids;
  const encode = encodeWith(plain);
  const whole = build(json as Record<string, unknown>, what);
  const specialIds = new Set(special.values());
  const idOf = (token: string | null | undefined, usual: string): number | undefined => {
    const name = token ?? usual;
    return special.get(name) ?? whole.token_to_id(name);
  };
  const bosId = idOf(settings.bos_token, '<s>');
  const eosId = idOf(settings.eos_token, '</s>');
  return {
    vocabSize: 1 + [...whole.get_vocab(true).values()].reduce((max, id) => Math.max(max, id), -1),
    bosId,
    eosId,
    unkId: idOf(settings.unk_token, '<unk>'),
    addsBos: settings.add_bos_token ?? (bosId !== undefined && whole.encode('a').ids[0] === bosId),
    encode,
    decode(ids) {
      const ordinary = ids.filter((id) => !specialIds.has(id));
      return ordinary.length === 0 ? '' : whole.decode(ordinary, { clean_up_tokenization_spaces: false });
    },
    rendered: createRenderedText({
      special: specialTokens,
      bosToken: settings.bos_token ?? (bosId === undefined ? undefined : '<s>'),
      eosToken: settings.eos_token ?? (eosId === undefined ? undefined : '</s>'),
      encode,
      encodeLater: prefixesFirst(withoutNames)
        ? encodeWith(build(withoutPrefix(withoutNames), what))
        : encode,
    }),
  };
}

function withoutSpecial(json: Record<string, unknown>): Record<string, unknown> {
  const added = (json['added_tokens'] as { special?: boolean }[] | undefined) ?? [];
  return { ...json, added_tokens: added.filter((token) => token.special !== true), post_processor: null };
}

/** The pre-tokenizer that puts a space in front of a text, but not behind a special token. */
interface Metaspace {
  readonly type?: unknown;
  readonly prepend_scheme?: unknown;
}

function prefixesFirst(json: Record<string, unknown>): boolean {
  const { type, prepend_scheme: scheme } = (json['pre_tokenizer'] ?? {}) as Metaspace;
  return type === 'Metaspace' && scheme === 'first';
}

function withoutPrefix(json: Record<string, unknown>): Record<string, unknown> {
  return { ...json, pre_tokenizer: { ...(json['pre_tokenizer'] as Metaspace), prepend_scheme: 'never' } };
}

function build(json: Record<string, unknown>, what: string): LibraryTokenizer {
  try {
    return new LibraryTokenizer(json, {});
  } catch (cause) {
    throw new BezoarError('UNSUPPORTED', `${what} cannot be used: ${(cause as Error).message}.`, { cause });
  }
}
