import { readJson, writeJson } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DatasetSource } from '../recipe/recipe.ts';
import { parquetFileName } from '../stages/rows.ts';
import { stageEnvironmentSchema, type StageEnvironment } from './stage-environment.ts';

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

/** What a finished stage has read. */
export interface StageSources {
  /** Stages whose rows it read. */
  readonly rows: readonly string[];
  /** `base`, or stages whose model it started from. */
  readonly models: readonly string[];
  /** Absolute paths. */
  readonly files: readonly string[];
}

/** What is read again of a stage that is done. Older versions wrote only the first three. */
export interface FinishedStage {
  /** Hash of all settings and inputs. */
  readonly fingerprint: string;
  readonly kind: string;
  readonly finished: string;
  readonly id?: string | undefined;
  /** As the recipe had them. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Chat models that it has asked, by the names that its settings have for them. */
  readonly models?: Readonly<Record<string, string>> | undefined;
  /** The base model's name on the Hub, where it came from there. */
  readonly base?: string | undefined;
  readonly inputs?: StageSources | undefined;
  /** The commit of the base model on the Hub. */
  readonly baseCommit?: string | undefined;
  /** Data sets of the Hub that it read, with their commits. */
  readonly sources?: readonly DatasetSource[] | undefined;
  readonly environment?: StageEnvironment | undefined;
  /** Of the files and folders that it read, as the recipe names them. */
  readonly inputPrints?: Readonly<Record<string, string>> | undefined;
  /** `rows`, `steps`, `tokens`, …: what the stage says of itself. */
  readonly metrics?: Readonly<Record<string, number>> | undefined;
}

const names = z.array(z.string());
const finishedSchema: z.ZodType<FinishedStage> = z.object({
  fingerprint: z.string(),
  kind: z.string(),
  finished: z.string(),
  id: z.string().optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  models: z.record(z.string(), z.string()).optional(),
  base: z.string().optional(),
  inputs: z.object({ rows: names, models: names, files: names }).optional(),
  baseCommit: z.string().optional(),
  sources: z
    .array(
      z.object({
        name: z.string(),
        license: z.string(),
        url: z.string().optional(),
        hubId: z.string().optional(),
      }),
    )
    .optional(),
  environment: stageEnvironmentSchema.optional(),
  inputPrints: z.record(z.string(), z.string()).optional(),
  metrics: z.record(z.string(), z.number()).optional(),
});

/** The last thing that a stage writes: from now on it is done. */
export async function finishStage(
  out: string,
  summary: FinishedStage & Readonly<Record<string, unknown>>,
): Promise<void> {
  await writeJson(folderSink(out), doneFile, summary);
  await rm(join(out, begunFile), { force: true });
}

/** Of the stage that made a folder; undefined where none did, or is not done. */
export async function readFinishedStage(out: string): Promise<FinishedStage | undefined> {
  return finishedSchema.safeParse(await readJson(openFolder(out), doneFile).catch(() => undefined)).data;
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
