import { BezoarError } from '@bezoar/core';
import type { FolderSource } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { isHubReference, openHubModel, type HubOptions } from '@bezoar/hub';
import { loadTokenizer, readModelConfig, type ModelConfig, type Tokenizer } from '@bezoar/model';
import { dirname } from 'node:path';

/** A model of which no more is read than its config and, where that is on this machine already, its tokenizer. */
export interface BaseAtHand {
  readonly path: string;
  readonly folder: FolderSource;
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer | undefined;
}

export interface BaseAtHandOptions {
  readonly resolve: (path: string) => string;
  readonly env: NonNullable<HubOptions['env']>;
  /** Nothing is asked of the Hub, not even for a config. */
  readonly offline: boolean;
}

/** Returns a sentence that says why when the model is not here and cannot be asked for. Throws what reading a broken config throws. */
export async function openBaseAtHand(
  reference: string,
  options: BaseAtHandOptions,
): Promise<BaseAtHand | string> {
  try {
    const path = isHubReference(reference) ? await hubFolder(reference, options) : options.resolve(reference);
    const folder = openFolder(path);
    const config = await readModelConfig(folder);
    // It is no matter of this plan whether it can be read.
    const tokenizer = await loadTokenizer(folder).catch(() => undefined);
    return { path, folder, config, tokenizer };
  } catch (error) {
    if (!BezoarError.isInstance(error) || !absent.includes(error.code)) throw error;
    return error.message;
  }
}

const absent: readonly string[] = ['NOT_FOUND', 'PROVIDER_UNAVAILABLE', 'PROVIDER_AUTH'];

/** Of the snapshot in the cache; its config is fetched when it is not there. */
async function hubFolder(reference: string, { env, offline }: BaseAtHandOptions): Promise<string> {
  const configPath = async (options: HubOptions): Promise<string> =>
    (await openHubModel(reference, { env, ...options })).fetchFile('config.json');
  const cached = configPath({ offline: true });
  if (offline) return dirname(await cached);
  return dirname(await cached.catch(() => configPath({ maxRetries: 1 })));
}
