import { BezoarError, parseOrThrow } from '@bezoar/core';
import { readJson, type FolderSource } from '@bezoar/formats';
import { z } from 'zod';
import { createSentencePieceTokenizer } from './sentencepiece/create-sentencepiece-tokenizer.ts';
import { createJsonTokenizer } from './create-json-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

const specialToken = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .nullish();

/** The part of `tokenizer_config.json` that matters here. */
const settingsSchema = z.looseObject({
  add_bos_token: z.boolean().nullish(),
  bos_token: specialToken,
  eos_token: specialToken,
  unk_token: specialToken,
  legacy: z.boolean().nullish(),
  added_tokens_decoder: z
    .record(
      z.string(),
      z.object({ content: z.string(), lstrip: z.boolean().optional(), rstrip: z.boolean().optional() }),
    )
    .nullish(),
});

export interface TokenizerSettings {
  readonly add_bos_token?: boolean | null | undefined;
  readonly bos_token?: string | null | undefined;
  readonly eos_token?: string | null | undefined;
  readonly unk_token?: string | null | undefined;
  /** False: only the first piece of a text gets a space in front, not those behind special tokens. */
  readonly legacy?: boolean | null | undefined;
  /** By id. */
  readonly added_tokens_decoder?: Readonly<Record<string, AddedToken>> | null | undefined;
}

interface AddedToken {
  readonly content: string;
  readonly lstrip?: boolean | undefined;
  readonly rstrip?: boolean | undefined;
}

/**
 * Loads a model folder's tokenizer. `tokenizer.model` goes first: for the OpenLLaMA family the converted
 * `tokenizer.json` is known to tokenise differently.
 * Throws BezoarError NOT_FOUND when the folder has neither, BAD_FILE or UNSUPPORTED when it cannot be used.
 */
export async function loadTokenizer(folder: FolderSource): Promise<Tokenizer> {
  const settings = (await folder.exists('tokenizer_config.json'))
    ? parseOrThrow(settingsSchema, await readJson(folder, 'tokenizer_config.json'), {
        what: `${folder.name}/tokenizer_config.json`,
        code: 'BAD_FILE',
      })
    : {};
  if (await folder.exists('tokenizer.model')) {
    const file = await folder.open('tokenizer.model');
    const bytes = await file.read(0, file.size);
    await file.close();
    return createSentencePieceTokenizer(bytes, { what: `${folder.name}/tokenizer.model`, settings });
  }
  if (await folder.exists('tokenizer.json')) {
    return createJsonTokenizer(await readJson(folder, 'tokenizer.json'), {
      what: `${folder.name}/tokenizer.json`,
      settings,
    });
  }
  // A folder that is not there says so itself.
  await folder.list();
  throw new BezoarError(
    'NOT_FOUND',
    `${folder.name} has no tokenizer: neither tokenizer.model nor tokenizer.json.`,
    {
      advice: 'Copy the tokenizer files of the base model into the folder.',
    },
  );
}
