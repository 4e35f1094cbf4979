import { writeJson } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetFileName } from '../stages/rows.ts';

/** `unchanged`: done with the same settings and inputs. `resumed`: begun with them. `new`: neither. */
export type StageState = 'unchanged' | 'resumed' | 'new';

const doneFile = 'stage.json';
const begunFile = 'started.json';

export async function readStageState(out: string, fingerprint: string): Promise<StageState> {
  if ((await readPrint(join(out, doneFile))) === fingerprint) return 'unchanged';
  return (await readPrint(join(out, begunFile))) === fingerprint ? 'resumed' : 'new';
}

export interface BeginOptions {
  readonly fingerprint: string;
  readonly state: StageState;
  /** The folder belongs to the stage alone, so that what an older stage left in it can be removed. */
  readonly own: boolean;
}

/** Clears what another version of the stage left, and notes what is begun now. */
export async function beginStage(out: string, { fingerprint, state, own }: BeginOptions): Promise<void> {
  if (state === 'new') {
    const old = own ? [out] : [doneFile, 'checkpoint', parquetFileName].map((name) => join(out, name));
    for (const path of old) await rm(path, { recursive: true, force: true });
  }
  await writeJson(folderSink(out), begunFile, { fingerprint });
}

/** The last thing that a stage writes: from now on it is done. */
export async function finishStage(
  out: string,
  summary: { readonly fingerprint: string } & Readonly<Record<string, unknown>>,
): Promise<void> {
  await writeJson(folderSink(out), doneFile, summary);
  await rm(join(out, begunFile), { force: true });
}

/** The print in a marker file; a missing or broken marker has none. */
async function readPrint(path: string): Promise<string | undefined> {
  try {
    const { fingerprint } = JSON.parse(await readFile(path, 'utf8')) as { fingerprint?: unknown };
    return typeof fingerprint === 'string' ? fingerprint : undefined;
  } catch {
    return undefined;
  }
}
