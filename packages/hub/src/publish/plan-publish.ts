import { BezoarError } from '@bezoar/core';
import { writeAdvice } from '../http/failure-of-response.ts';
import { describeRepo, repoPath, type HubRepo } from '../reference/hub-repo.ts';
import type { HubOptions } from '../settings/hub-options.ts';
import { resolveSettings, type HubSettings } from '../settings/resolve-settings.ts';
import { chooseWays } from './choose-ways.ts';
import { commitFiles } from './commit-files.ts';
import { compareFile, type PublishFile } from './compare-files.ts';
import { prepareRemote, readRemote, type RemoteState } from './prepare-remote.ts';
import type { PublishTarget } from './publish-target.ts';
import { readLocalFiles, type LocalFile } from './read-local-files.ts';
import { tagCommit, tagTaken } from './tag-commit.ts';
import { uploadLarge } from './upload-large.ts';

export interface PublishFolderOptions extends HubOptions {
  readonly repo: HubRepo;
  readonly folder: string;
  /** Paths or patterns (`*.json`, `data/**`); everything by default. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** Files that are published beside those of the folder, or in their place, by path. */
  readonly contents?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** Of the commit; its first line is the title. */
  readonly message: string;
  /** `main` by default. Made from the main branch where it is missing. */
  readonly branch?: string | undefined;
  /** Names the commit, as a version. */
  readonly tag?: string | undefined;
  /** How a repository that has to be made is seen; as its owner's settings say by default. `true` also asks it of one that is there. */
  readonly isPrivate?: boolean | undefined;
  /** Only says what would be done: asks for no token. */
  readonly dryRun?: boolean | undefined;
}

export interface PublishedFolder {
  readonly repo: HubRepo;
  readonly branch: string;
  /** Of the repository, at the commit where there is one. */
  readonly url: string;
  /** Where the branch is now; undefined after a dry run to a branch that is not there yet. */
  readonly commit: string | undefined;
  /** Whether a commit was made: none is when nothing has changed. In a dry run, whether it would be. */
  readonly committed: boolean;
  /** The same of the repository. */
  readonly created: boolean;
  readonly files: readonly PublishFile[];
}

/** What publishing a folder would do: `committed` and `created` say whether there would be a commit, and a new repository. */
export interface PublishPlan extends PublishedFolder {
  /** Does it, on top of what the Hub had when it was looked at. Throws what `publishFolder` throws. */
  readonly publish: () => Promise<PublishedFolder>;
}

/**
 * Reads a folder and looks at what the Hub has of it, so that several folders are known to go through before the first one is sent.
 * Writes nothing. Throws what `publishFolder` throws.
 */
export async function planPublish(options: PublishFolderOptions): Promise<PublishPlan> {
  const { repo, branch = 'main', tag, isPrivate, dryRun = false } = options;
  const settings = await resolveSettings(options);
  const target: PublishTarget = { repo, branch, settings };
  requireWritable(repo, settings, dryRun);
  const locals = await readLocalFiles(options, target);
  const before = await readRemote(target);
  if (isPrivate === true && before.exists && !before.isPrivate) throw isPublic(repo);
  const { files, sent } = compare(locals, before);
  if (tag !== undefined) requireFree(tag, { before, isChanged: sent.length > 0 }, target);
  const created = !before.exists;
  return {
    ...place(target, before.head),
    ...{ files, committed: sent.length > 0, created },
    publish: () => send({ options, locals, before }, target),
  };
}

interface Planned {
  readonly options: PublishFolderOptions;
  readonly locals: readonly LocalFile[];
  readonly before: RemoteState;
}

async function send({ options, locals, before }: Planned, target: PublishTarget): Promise<PublishedFolder> {
  const { repo, message, tag, isPrivate } = options;
  requireWritable(repo, target.settings, false);
  const remote = await prepareRemote(before, { ...target, isPrivate });
  if (isPrivate === true && !remote.isPrivate) throw isPublic(repo);
  const { files, sent } = compare(locals, remote);
  const ways = await chooseWays(sent, target);
  await uploadLarge(ways.large, target);
  const head = remote.head!;
  const isEmpty = ways.small.length + ways.large.length === 0;
  const commit = isEmpty ? head : await commitFiles({ ...ways, parent: head, message }, target);
  if (tag !== undefined) await tagCommit({ tag, commit }, target);
  return { ...place(target, commit), files, committed: !isEmpty, created: !before.exists };
}

interface Compared {
  readonly files: readonly PublishFile[];
  readonly sent: readonly LocalFile[];
}

function compare(locals: readonly LocalFile[], { files: remote }: RemoteState): Compared {
  const files = locals.map((file) => compareFile(file, remote.get(file.path)));
  return { files, sent: locals.filter((_, index) => files[index]!.state !== 'unchanged') };
}

function place(
  { repo, branch, settings }: PublishTarget,
  commit: string | undefined,
): Pick<PublishedFolder, 'repo' | 'branch' | 'url' | 'commit'> {
  const page = `${settings.endpoint}/${repoPath(repo)}`;
  return { repo, branch, commit, url: commit === undefined ? page : `${page}/tree/${commit}` };
}

function requireWritable(repo: HubRepo, { token, offline }: HubSettings, dryRun: boolean): void {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repo.name)) {
    throw new BezoarError('BAD_CONFIG', `${JSON.stringify(repo.name)} is no name to publish under.`, {
      advice: 'Write org/name, or your own account in place of org.',
    });
  }
  if (offline) {
    throw new BezoarError('BAD_CONFIG', 'Nothing can be published offline.', {
      advice: 'Unset HF_HUB_OFFLINE.',
    });
  }
  if (token === undefined && !dryRun) {
    throw new BezoarError('PROVIDER_AUTH', `Publishing ${repo.name} needs a token of the Hub.`, {
      advice: writeAdvice(repo),
    });
  }
}

/** A version is not given to another content, and nothing is sent before that is known. */
function requireFree(
  tag: string,
  { before, isChanged }: { readonly before: RemoteState; readonly isChanged: boolean },
  target: PublishTarget,
): void {
  const found = before.tags.get(tag);
  if (found !== undefined && (isChanged || found !== before.head)) throw tagTaken({ tag, found }, target);
}

function isPublic(repo: HubRepo): BezoarError {
  return new BezoarError('CONFLICT', `${describeRepo(repo)} is public, and was to be private.`, {
    advice: 'Make it private in its settings first, or publish under another name.',
    data: { repo: repo.name },
  });
}
