import { parseOrThrow } from '@bezoar/core';
import { readJson, type FolderSource } from '@bezoar/formats';
import { z } from 'zod';

const specialToken = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .nullish();

/** The part of `tokenizer_config.json` that matters here. */
const settingsSchema = z.looseObject({
  add_bos_token: z.boolean().nullish(),
  bos_token: specialToken,
  eos_token: specialToken,
  unk_token: specialToken,
  pad_token: specialToken,
  legacy: z.boolean().nullish(),
  added_tokens_decoder: z
    .record(
      z.string(),
      z.object({
        content: z.string(),
        lstrip: z.boolean().optional(),
        rstrip: z.boolean().optional(),
        special: z.boolean().optional(),
      }),
    )
    .nullish(),
});

export interface TokenizerSettings {
  readonly add_bos_token?: boolean | null | undefined;
  readonly bos_token?: string | null | undefined;
  readonly eos_token?: string | null | undefined;
  readonly unk_token?: string | null | undefined;
  readonly pad_token?: string | null | undefined;
  /** False: only the first piece of a text gets a space in front, not those behind special tokens. */
  readonly legacy?: boolean | null | undefined;
  /** By id. */
  readonly added_tokens_decoder?: Readonly<Record<string, AddedToken>> | null | undefined;
}

interface AddedToken {
  readonly content: string;
  readonly lstrip?: boolean | undefined;
  readonly rstrip?: boolean | undefined;
  readonly special?: boolean | undefined;
}

/** A model folder's `tokenizer_config.json`; nothing when there is none. Throws BezoarError BAD_FILE. */
export async function readTokenizerSettings(folder: FolderSource): Promise<TokenizerSettings> {
  const file = 'tokenizer_config.json';
  if (!(await folder.exists(file))) return {};
  return parseOrThrow(settingsSchema, await readJson(folder, file), {
    what: `${folder.name}/${file}`,
    code: 'BAD_FILE',
  });
}
