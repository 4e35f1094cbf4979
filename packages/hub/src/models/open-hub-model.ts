import { parseHubReference } from '../reference/parse-hub-reference.ts';
import type { HubOptions } from '../settings/hub-options.ts';
import { openHubSnapshot, type HubSnapshot } from '../snapshot/open-hub-snapshot.ts';
import { modelFiles } from './model-files.ts';

export interface HubModel extends HubSnapshot {
  /** Fetches all that loading the model needs. Returns the path of its folder. */
  fetchAll(): Promise<string>;
}

/**
 * Opens a model, `org/name@revision`, with or without `hub:` before it. Its `folder` is for whatever reads models:
 * `loadModel({ folder: model.folder, … })` downloads what it opens. Throws as `openHubSnapshot` does.
 */
export async function openHubModel(reference: string, options: HubOptions = {}): Promise<HubModel> {
  const { name, revision } = parseHubReference(reference);
  const snapshot = await openHubSnapshot({ ...options, repo: { type: 'model', name }, revision });
  return { ...snapshot, fetchAll: () => snapshot.fetchFiles(modelFiles(snapshot.files)) };
}
