import type { PublishedFolder } from '@bezoar/hub';
import { textTable, type TextTableOptions } from './text-table.ts';

/** Every file that is, or would be, in a commit. */
export function filesTable({ files }: Pick<PublishedFolder, 'files'>): string {
  const rows = files.map(({ state, size, sha256, path }) => [state, String(size), sha256.slice(0, 12), path]);
  return textTable([['state', 'bytes', 'sha256', 'file'], ...rows]);
}

export interface RepoLine {
  readonly state: string;
  readonly published: PublishedFolder;
  readonly stage: string;
}

/** A line for each repository of a release: how many files and bytes it has, and how many of them are new. */
export function reposTable(lines: readonly RepoLine[], options: TextTableOptions): string {
  const rows = lines.map(({ state, stage, published: { repo, files } }) => {
    const fresh = files.filter((file) => file.state !== 'unchanged');
    const bytes = (of: typeof files): string => String(of.reduce((sum, { size }) => sum + size, 0));
    return [state, repo.type, repo.name, stage, String(files.length), bytes(files), bytes(fresh)];
  });
  return textTable(
    [['state', 'type', 'repository', 'stage', 'files', 'bytes', 'new bytes'], ...rows],
    options,
  );
}
