import { openFolder } from '@bezoar/formats/node';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a model folder has beside weights and config. */
const companions = [
  'tokenizer.model',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'generation_config.json',
  'chat_template.jinja',
];

/** Takes the tokenizer and what else belongs to a model from the folder that a new one was made of. */
export async function copyCompanions(from: string, to: string): Promise<void> {
  const source = openFolder(from);
  for (const name of companions) {
    if (await source.exists(name)) await copyFile(join(from, name), join(to, name));
  }
}
