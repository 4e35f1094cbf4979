import { BezoarError } from '@bezoar/core';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';

/** What a finished stage has read. */
export interface TracedInputs {
  /** Stages whose rows it read. */
  readonly rows: readonly string[];
  /** `base`, or stages whose model it started from. */
  readonly models: readonly string[];
  /** Absolute paths. */
  readonly files: readonly string[];
}

export interface TracedStage {
  readonly id: string;
  readonly folder: string;
  readonly kind: string;
  /** Undefined for stages of before it was noted. */
  readonly inputs?: TracedInputs | undefined;
}

const names = z.array(z.string());
const schema = z.looseObject({
  kind: z.string(),
  finished: z.string(),
  inputs: z.object({ rows: names, models: names, files: names }).optional(),
});

/** The finished stages of a run folder, in the order in which they ended. Throws BezoarError NOT_FOUND when there is none. */
export async function readRunStages(runDir: string): Promise<TracedStage[]> {
  const entries = await readdir(runDir, { withFileTypes: true }).catch(() => []);
  // A command's run folder is that of its only stage.
  const folders = ['.', ...entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)];
  const found: (TracedStage & { readonly finished: string })[] = [];
  for (const name of folders) {
    const folder = join(runDir, name);
    const text = await readFile(join(folder, 'stage.json'), 'utf8').catch(() => undefined);
    const stage = text === undefined ? undefined : schema.safeParse(JSON.parse(text)).data;
    if (stage !== undefined) found.push({ ...stage, id: basename(resolve(folder)), folder });
  }
  if (found.length === 0)
    throw new BezoarError('NOT_FOUND', `${runDir} has no finished stage.`, {
      advice: 'Name the folder of a run, for example runs/quickstart.',
    });
  return found.sort((a, b) => a.finished.localeCompare(b.finished));
}
