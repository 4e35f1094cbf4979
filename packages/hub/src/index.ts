export { openHubModel, type HubModel } from './models/open-hub-model.ts';
export type { HubRepo } from './reference/hub-repo.ts';
export {
  formatHubReference,
  isHubReference,
  parseHubReference,
  type HubReference,
} from './reference/parse-hub-reference.ts';
export type { HubOptions, HubProgress } from './settings/hub-options.ts';
export type { HubFile } from './snapshot/hub-file.ts';
export { openHubSnapshot, type HubSnapshot, type OpenSnapshotOptions } from './snapshot/open-hub-snapshot.ts';
