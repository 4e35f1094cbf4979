import { BezoarError } from '@bezoar/core';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readFinishedStage, type StageSources } from '../run/stage-folder.ts';

export interface TracedStage {
  readonly id: string;
  readonly folder: string;
  readonly kind: string;
  /** Undefined for stages of before it was noted. */
  readonly inputs?: StageSources | undefined;
}

/** The finished stages of a run folder, in the order in which they ended. Throws BezoarError NOT_FOUND when there is none. */
export async function readRunStages(runDir: string): Promise<TracedStage[]> {
  const entries = await readdir(runDir, { withFileTypes: true }).catch(() => []);
  // A command's run folder is that of its only stage.
  const folders = ['.', ...entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)];
  const found: (TracedStage & { readonly finished: string })[] = [];
  for (const name of folders) {
    const folder = join(runDir, name);
    const stage = await readFinishedStage(folder);
    if (stage !== undefined) found.push({ ...stage, id: basename(resolve(folder)), folder });
  }
  if (found.length === 0)
    throw new BezoarError('NOT_FOUND', `${runDir} has no finished stage.`, {
      advice: 'Name the folder of a run, for example runs/quickstart.',
    });
  return found.sort((a, b) => a.finished.localeCompare(b.finished));
}
