export { openHubDataset, type HubDataset } from './datasets/open-hub-dataset.ts';
export { readHubRows, type ReadHubRowsOptions } from './datasets/read-hub-rows.ts';
export { openHubModel, type HubModel } from './models/open-hub-model.ts';
export type { PublishFile } from './publish/compare-files.ts';
export {
  planPublish,
  type PublishedFolder,
  type PublishFolderOptions,
  type PublishPlan,
} from './publish/plan-publish.ts';
export { publishFolder } from './publish/publish-folder.ts';
export { askAccount, type AskAccountOptions, type HubAccount } from './publish/ask-account.ts';
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
