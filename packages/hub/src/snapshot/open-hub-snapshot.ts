import { BezoarError } from '@bezoar/core';
import type { FileSource, FolderSource } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { basename, dirname } from 'node:path';
import { openRepoCache } from '../cache/open-repo-cache.ts';
import { downloadBlob } from '../download/download-blob.ts';
import { openRemoteFile } from '../download/open-remote-file.ts';
import { sideBySide } from '../http/side-by-side.ts';
import { matchPath } from '../reference/match-path.ts';
import { describeRepo, repoPath, type HubRepo } from '../reference/hub-repo.ts';
import type { HubOptions } from '../settings/hub-options.ts';
import { resolveSettings } from '../settings/resolve-settings.ts';
import type { HubFile } from './hub-file.ts';
import { locateCommit } from './locate-commit.ts';

export interface OpenSnapshotOptions extends HubOptions {
  readonly repo: HubRepo;
  /** Branch, tag or commit. `main` by default. */
  readonly revision?: string | undefined;
}

/** A repository at one commit. Files come when they are asked for. */
export interface HubSnapshot {
  readonly repo: HubRepo;
  readonly revision: string;
  /** What the revision stands for now: names the same content for ever. */
  readonly commit: string;
  /** Page of the commit. */
  readonly url: string;
  readonly files: readonly HubFile[];
  /** Files are downloaded when they are opened, into the cache. */
  readonly folder: FolderSource;
  /** Path of a file in the cache, downloaded and checked first when it is not there. */
  fetchFile(path: string): Promise<string>;
  /**
   * A file to read a part of: from the cache where it is there, else by ranges where it is, of which nothing is kept or checked against its hash.
   * Throws as `fetchFile` does.
   */
  peekFile(path: string): Promise<FileSource>;
  /**
   * Fetches files, named by paths or patterns (`*.json`, `data/**`), a few at the same time. Returns the path of the snapshot's
   * folder in the cache. Throws NOT_FOUND when nothing fits.
   */
  fetchFiles(paths: readonly string[]): Promise<string>;
}

/**
 * Opens a model or data set of the Hub. Throws BezoarError NOT_FOUND, PROVIDER_AUTH (a gated repository, a bad token),
 * PROVIDER_UNAVAILABLE, PROVIDER_REJECTED, BAD_CONFIG, INTERRUPTED; reading files also BAD_FILE.
 */
export async function openHubSnapshot(options: OpenSnapshotOptions): Promise<HubSnapshot> {
  const { repo, revision = 'main' } = options;
  const settings = await resolveSettings(options);
  const cache = openRepoCache(settings.cacheDir, repo);
  const { commit, files, offline } = await locateCommit({ repo, revision, cache, settings });
  // The network was down a moment ago: no long tries for what is missing.
  const patience = offline ? { ...settings, maxRetries: 1 } : settings;
  const byPath = new Map(files.map((file) => [file.path, file]));

  const fetchFile = async (path: string): Promise<string> => {
    const file = byPath.get(path);
    if (file === undefined) throw noFile({ repo, revision, offline }, path);
    const there = await cache.find(commit, path);
    if (there !== undefined) return there;
    const { hash, size } = file;
    if (hash === undefined || (settings.offline && !(await cache.hasBlob(hash))))
      throw noFile({ repo, revision, offline: true }, path);
    await downloadBlob({ subject: { repo, revision: commit, file: path }, hash, size }, cache, patience);
    return cache.link(commit, path, hash);
  };

  /** A name that is no file's may be a pattern. */
  const matching = (name: string): readonly string[] => {
    const found = byPath.has(name) ? [name] : [...byPath.keys()].filter((path) => matchPath(path, name));
    if (found.length > 0) return found;
    throw noFile({ repo, revision, offline }, name);
  };

  return {
    repo,
    revision,
    commit,
    url: `${settings.endpoint}/${repoPath(repo)}/tree/${commit}`,
    files,
    folder: {
      name: `${repo.name}@${commit.slice(0, 12)}`,
      list: () => Promise.resolve([...byPath.keys()].sort()),
      exists: (name) => Promise.resolve(byPath.has(name)),
      async open(name) {
        const path = await fetchFile(name);
        return openFolder(dirname(path)).open(basename(path));
      },
    },
    fetchFile,
    async peekFile(path) {
      const file = byPath.get(path);
      const isRemote =
        !settings.offline &&
        file?.hash !== undefined &&
        (await cache.find(commit, path)) === undefined &&
        !(await cache.hasBlob(file.hash));
      if (isRemote) {
        return openRemoteFile({
          subject: { repo, revision: commit, file: path },
          size: file.size,
          settings: patience,
          fetchWhole: () => fetchFile(path),
        });
      }
      const there = await fetchFile(path);
      return openFolder(dirname(there)).open(basename(there));
    },
    async fetchFiles(paths) {
      await sideBySide(new Set(paths.flatMap(matching)), fetchFile, settings.concurrency);
      return cache.snapshot(commit);
    },
  };
}

interface Missing {
  readonly repo: HubRepo;
  readonly revision: string;
  readonly offline: boolean;
}

function noFile({ repo, revision, offline }: Missing, path: string): BezoarError {
  const [where, advice] = offline
    ? ['in the cache', 'Run once while the Hub can be reached, without HF_HUB_OFFLINE.']
    : [`at ${revision}`, 'Check the path.'];
  return new BezoarError('NOT_FOUND', `${describeRepo(repo)} has no file ${path} ${where}.`, { advice });
}
