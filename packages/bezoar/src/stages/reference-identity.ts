import type { ReferenceIdentity } from '@bezoar/dpo';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile, hashFolder, hashValue } from '../run/content-hash.ts';
import type { ModelFolders, StageContext } from './stage-context.ts';

export interface ReferenceIdentityOptions {
  /** Of the reference. */
  readonly folders: ModelFolders;
  readonly context: StageContext;
  /** Folder of the policy, whose tokens the reference reads. */
  readonly tokenizer: string;
  /** Files of the preferences. */
  readonly data: readonly string[];
}

/** Everything that decides the reference's log-probabilities, but for the rounding of the machine. */
export async function referenceIdentity(options: ReferenceIdentityOptions): Promise<ReferenceIdentity> {
  const { folders, context, tokenizer, data } = options;
  const { recipe, path } = context;
  const { template, weights, backend } = recipe;
  return {
    model: await hashFolder(folders.folder),
    adapter: folders.adapter === undefined ? 'none' : await hashFolder(folders.adapter),
    weights: `${weights} ${backend.precision ?? 'f32'}`,
    tokenizer: await hashTokenizer(tokenizer),
    template: hashValue([
      template,
      template.chatTemplate === undefined ? '' : await hashFile(path(template.chatTemplate)),
    ]),
    data: data.length === 1 ? await hashFile(data[0]!) : hashValue(await Promise.all(data.map(hashFile))),
  };
}

/** Over the files that decide how text becomes tokens. */
async function hashTokenizer(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) =>
    /^(tokenizer|special_tokens_map|added_tokens|chat_template)/.test(name),
  );
  return hashValue(
    await Promise.all(names.sort().map(async (name) => [name, await hashFile(join(folder, name))])),
  );
}
