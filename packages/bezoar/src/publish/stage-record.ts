import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { readEventLog } from '../events/event-log.ts';
import { collectHistory, type StageHistory } from '../events/stage-history.ts';
import type { DatasetSource } from '../recipe/recipe.ts';
import type { StageEnvironment } from '../run/stage-environment.ts';
import { readFinishedStage } from '../run/stage-folder.ts';

/** What a stage has left in its folder when it was done. */
export interface StageRecord {
  readonly folder: string;
  readonly id: string;
  readonly kind: string;
  /** Hash of all settings and inputs. */
  readonly fingerprint: string;
  /** As the recipe had them; undefined of stages that older versions ran. */
  readonly settings: Readonly<Record<string, unknown>> | undefined;
  /** Chat models that it has asked, by the names that its settings have for them. */
  readonly models: Readonly<Record<string, string>> | undefined;
  /** The base model's name on the Hub, where it came from there. */
  readonly base: string | undefined;
  readonly baseCommit: string | undefined;
  /** Data sets of the Hub that it read. */
  readonly sources: readonly DatasetSource[];
  /** What it ran on; undefined of stages that older versions ran. */
  readonly environment: StageEnvironment | undefined;
  /** What `events.jsonl` says of it. */
  readonly history: StageHistory | undefined;
}

const map = z.record(z.string(), z.unknown());
/** Of the stage that made a folder; undefined where none did. */
async function readStageRecord(folder: string): Promise<StageRecord | undefined> {
  const finished = await readFinishedStage(folder);
  if (finished === undefined) return undefined;
  const {
    fingerprint,
    kind,
    id = kind,
    settings,
    models,
    base,
    baseCommit,
    sources = [],
    environment,
  } = finished;
  // A command's only stage works in its run folder itself.
  const log = [folder, dirname(folder)]
    .map((each) => join(each, 'events.jsonl'))
    .find((path) => existsSync(path));
  const history = log === undefined ? undefined : collectHistory(readEventLog(log)).get(id);
  return { folder, id, kind, fingerprint, settings, models, base, baseCommit, sources, environment, history };
}

/** All stages that a folder's content came through, the first one first. */
export async function readLineage(folder: string): Promise<StageRecord[]> {
  const found = new Map<string, StageRecord>();
  const visit = async (each: string): Promise<void> => {
    const record = found.has(each) ? undefined : await readStageRecord(each);
    if (record === undefined) return;
    // What a model started from is older than the rows that it learnt from.
    for (const name of inputsOf(record).reverse()) {
      const parent = isAbsolute(name) ? dirname(name) : join(dirname(each), name);
      if (parent !== each && !found.has(parent)) await visit(parent);
    }
    found.set(each, record);
  };
  await visit(folder);
  return [...found.values()];
}

/** Ids of stages, files of rows, names of data sets on the Hub. */
export function inputsOf({ settings }: StageRecord): string[] {
  const stage = map.safeParse(settings?.['stage']).data ?? {};
  return ['seeds', 'rows', 'preferences', 'from']
    .map((key) => stage[key])
    .filter((value) => typeof value === 'string');
}
