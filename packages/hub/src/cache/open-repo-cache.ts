import { mkdir, open, readdir, readFile, rename, rm, stat, symlink, copyFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { HubRepo } from '../reference/hub-repo.ts';
import { requireInside } from '../snapshot/hub-file.ts';

/**
 * One repository in the cache, laid out as Hugging Face's own tools do: `blobs/HASH` holds contents, `refs/REVISION` a commit,
 * `snapshots/COMMIT/PATH` links to blobs. Everything appears whole or not at all.
 */
export interface RepoCache {
  /** Where contents lie, those that are not whole yet included. */
  readonly blobs: string;
  readonly hasBlob: (hash: string) => Promise<boolean>;
  readonly snapshot: (commit: string) => string;
  /** The commit that a branch or tag was at when it was last looked up. */
  readonly readRef: (revision: string) => Promise<string | undefined>;
  readonly writeRef: (revision: string, commit: string) => Promise<void>;
  /** Path of a commit's file; undefined when it is not there. */
  readonly find: (commit: string, path: string) => Promise<string | undefined>;
  /** Puts a blob into a snapshot. Returns its path there. */
  readonly link: (commit: string, path: string, hash: string) => Promise<string>;
  /** Files that a snapshot has. */
  readonly list: (commit: string) => Promise<readonly { readonly path: string; readonly size: number }[]>;
  /** The list of a commit's files, which no other tool keeps: it tells a whole snapshot from a part of one. */
  readonly readTree: (commit: string) => Promise<unknown>;
  readonly writeTree: (commit: string, tree: unknown) => Promise<void>;
}

export function openRepoCache(cacheDir: string, { type, name }: HubRepo): RepoCache {
  const root = join(cacheDir, [`${type}s`, ...name.split('/')].join('--'));
  const blobs = join(root, 'blobs');
  const snapshot = (commit: string): string => join(root, 'snapshots', commit);
  const refPath = (revision: string): string => {
    requireInside(revision);
    return join(root, 'refs', ...revision.split('/'));
  };
  const treePath = (commit: string): string => join(root, '.bezoar', `${commit}.json`);

  /** Made beside the folders that other tools read, then renamed: a reader sees the old one or the new one. */
  const place = async (target: string, make: (temporary: string) => Promise<void>): Promise<void> => {
    await mkdir(dirname(target), { recursive: true });
    const temporary = await freeName(root);
    try {
      await make(temporary);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  };
  const writeWhole = (target: string, text: string): Promise<void> =>
    place(target, async (temporary) => {
      const file = await open(temporary, 'w');
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
    });

  return {
    blobs,
    hasBlob: (hash) => isFile(join(blobs, hash)),
    snapshot,
    async readRef(revision) {
      const text = await readFile(refPath(revision), 'utf8').catch(() => undefined);
      return /^[0-9a-f]{40}$/.exec(text?.trim() ?? '')?.[0];
    },
    writeRef: (revision, commit) => writeWhole(refPath(revision), commit),
    async find(commit, path) {
      const found = join(snapshot(commit), ...path.split('/'));
      return (await isFile(found)) ? found : undefined;
    },
    async link(commit, path, hash) {
      const target = join(snapshot(commit), ...path.split('/'));
      const blob = join(blobs, hash);
      await place(target, async (temporary) => {
        // A link cannot be made over a file. As long as that is there, its name, and this one, are nobody else's.
        const link = `${temporary}.link`;
        await rm(link, { force: true });
        // Relative, so that the cache can be moved. Where a system refuses links, Python copies too.
        await symlink(relative(dirname(target), blob), link).then(
          () => rename(link, temporary),
          () => copyFile(blob, temporary),
        );
      });
      return target;
    },
    async list(commit) {
      const folder = snapshot(commit);
      const entries = await readdir(folder, { recursive: true }).catch(() => []);
      const files = await Promise.all(
        entries.map(async (entry) => ({
          entry,
          stats: await stat(join(folder, entry)).catch(() => undefined),
        })),
      );
      return files
        .filter(({ stats }) => stats?.isFile() === true)
        .map(({ entry, stats }) => ({ path: entry.split(sep).join('/'), size: stats!.size }))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    async readTree(commit) {
      const text = await readFile(treePath(commit), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    },
    writeTree: (commit, tree) => writeWhole(treePath(commit), JSON.stringify(tree)),
  };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** A new file that no other writer has. */
async function freeName(folder: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const path = join(folder, `.${process.pid}.${attempt}.tmp`);
    try {
      await (await open(path, 'wx')).close();
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
