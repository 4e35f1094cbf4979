import { openCheckpoint, readAdapterFolder } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { loadTokenizer, readModelConfig } from '@bezoar/model';
import type { ModelFolders } from './stage-context.ts';

/**
 * Opens all that a model needs without reading its weights: config, safetensors headers, tokenizer, adapter. So a wrong
 * path or a broken file is noticed before anything runs. Throws BezoarError NOT_FOUND, BAD_FILE or UNSUPPORTED.
 */
export async function checkModel({ folder, adapter }: ModelFolders): Promise<void> {
  const source = openFolder(folder);
  await readModelConfig(source);
  await (await openCheckpoint(source)).close();
  await loadTokenizer(source);
  if (adapter !== undefined) await readAdapterFolder(openFolder(adapter));
}
