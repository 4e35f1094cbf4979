import { BezoarError } from '@bezoar/core';
import { readBytes, readJson, type FolderSource } from '@bezoar/formats';
import { createSentencePieceTokenizer } from './sentencepiece/create-sentencepiece-tokenizer.ts';
import { createJsonTokenizer } from './create-json-tokenizer.ts';
import { readTokenizerSettings } from './tokenizer-settings.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * Loads a model folder's tokenizer. `tokenizer.model` goes first: for the OpenLLaMA family the converted
 * `tokenizer.json` is known to tokenise differently.
 * Throws BezoarError NOT_FOUND when the folder has neither, BAD_FILE or UNSUPPORTED when it cannot be used.
 */
export async function loadTokenizer(folder: FolderSource): Promise<Tokenizer> {
  const settings = await readTokenizerSettings(folder);
  if (await folder.exists('tokenizer.model')) {
    const bytes = await readBytes(folder, 'tokenizer.model');
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
