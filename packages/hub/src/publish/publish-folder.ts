import { planPublish, type PublishedFolder, type PublishFolderOptions } from './plan-publish.ts';

/**
 * Publishes a folder on the Hub in one commit. Files that the Hub has already, by their content, are not sent, and where nothing has
 * changed there is no commit; files that only the Hub has stay. Whatever broke a publish off, the same call goes on from there.
 *
 * Throws BezoarError PROVIDER_AUTH (no token, or one that may not write there), CONFLICT (the branch moved meanwhile, the tag names
 * another commit), PROVIDER_UNAVAILABLE, PROVIDER_REJECTED, BAD_CONFIG, BAD_FILE, NOT_FOUND, INTERRUPTED.
 */
export async function publishFolder(options: PublishFolderOptions): Promise<PublishedFolder> {
  const { publish, ...planned } = await planPublish(options);
  return options.dryRun === true ? planned : publish();
}
