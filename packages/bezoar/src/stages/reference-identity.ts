import type { ReferenceIdentity } from '@bezoar/dpo';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile, hashValue } from '../run/content-hash.ts';
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
    model: await hashFiles(folders.folder, modelFiles),
    adapter: folders.adapter === undefined ? 'none' : await hashFiles(folders.adapter, adapterFiles),
    weights: `${weights} ${backend.precision ?? 'f32'}`,
    tokenizer: await hashFiles(tokenizer, tokenizerFiles),
    template: hashValue([
      template,
      template.chatTemplate === undefined ? '' : await hashFile(path(template.chatTemplate)),
    ]),
    data: data.length === 1 ? await hashFile(data[0]!) : hashValue(await Promise.all(data.map(hashFile))),
  };
}

const modelFiles = /^config\.json$|\.(safetensors|bin)$/;
const adapterFiles = /^adapter_(config|model)\./;
/** What decides how text becomes tokens. */
const tokenizerFiles = /^(tokenizer|special_tokens_map|added_tokens|chat_template)/;

/** Over the files whose names fit: reports and logs beside them change without changing the model. */
async function hashFiles(folder: string, names: RegExp): Promise<string> {
  const fitting = (await readdir(folder)).filter((name) => names.test(name)).sort();
  return hashValue(
    await Promise.all(fitting.map(async (name) => [name, await hashFile(join(folder, name))])),
  );
}
