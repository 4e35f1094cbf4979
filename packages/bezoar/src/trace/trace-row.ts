import {
  BezoarError,
  droppedRowSchema,
  instructionRowSchema,
  seedSchema,
  type Judgment,
  type Lineage,
} from '@bezoar/core';
import { seedId, seedText } from '@bezoar/datagen';
import { streamRowsFiles } from '@bezoar/formats/node';
import { findCalls, type FoundCall } from '@bezoar/llm';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { droppedFileName, rowsFileName } from '../stages/rows.ts';
import { readRunStages, type TracedStage } from './read-run-stages.ts';

/** A row as a stage left it. */
export interface TraceStep {
  readonly stage: string;
  readonly kind: string;
  /** `dropped` rows go no further. */
  readonly fate: 'made' | 'kept' | 'dropped';
  /** Of a dropped row: the code, and what the rule or the judge said. */
  readonly reason?: string | undefined;
  readonly detail?: string | undefined;
  readonly judgments: readonly Judgment[];
}

export interface Ancestor {
  readonly id: string;
  readonly kind: 'row' | 'seed' | 'unknown';
  readonly text?: string | undefined;
  /** How the younger one was made from it. */
  readonly lineage: Lineage;
}

export interface RowTrace {
  readonly id: string;
  readonly instruction: string;
  readonly response: string;
  readonly source?: string | undefined;
  readonly steps: readonly TraceStep[];
  /** Parent, its parent, and so on to the seed. */
  readonly ancestors: readonly Ancestor[];
  /** Stages that trained on it. */
  readonly trainedBy: readonly string[];
  /** Stages whose model goes back to one of those. */
  readonly inheritedBy: readonly string[];
  readonly calls: readonly FoundCall[];
}

interface Found {
  readonly stage: TracedStage;
  readonly row: Partial<z.output<typeof instructionRowSchema>>;
  readonly dropped?: { readonly reason: string; readonly detail?: string | undefined } | undefined;
}

/**
 * Where a row of a run came from and where it went: its stages with verdicts and reasons, its parents to the seed, the model calls
 * that made it, the trainings that it was in. Throws BezoarError NOT_FOUND.
 */
export async function traceRow(runDir: string, id: string): Promise<RowTrace> {
  const stages = await readRunStages(runDir);
  const found = await findRow(stages, id);
  const newest = found.at(-1);
  if (newest === undefined) {
    throw new BezoarError('NOT_FOUND', `${runDir} has no row ${id}.`, {
      advice: 'The id is the field "id" of a line in rows.jsonl or dropped.jsonl.',
    });
  }
  const { instruction = '', response = '', source, lineage } = newest.row;
  const kept = new Set(found.filter(({ dropped }) => dropped === undefined).map(({ stage }) => stage.id));
  const trainedBy = stages.filter(
    ({ kind, inputs }) =>
      ['sft', 'dpo'].includes(kind) && inputs?.rows.some((name) => kept.has(name)) === true,
  );
  const ledger = join(runDir, 'ledger.sqlite');
  return {
    id,
    instruction,
    response,
    source,
    steps: found.map(stepOf),
    ancestors: await findAncestors(stages, lineage),
    trainedBy: trainedBy.map((stage) => stage.id),
    inheritedBy: descendants(stages, trainedBy),
    calls:
      existsSync(ledger) && instruction !== '' && response !== ''
        ? findCalls({ path: ledger, instruction, response })
        : [],
  };
}

async function findRow(stages: readonly TracedStage[], id: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const stage of stages) {
    const row = await firstOf(
      join(stage.folder, rowsFileName),
      instructionRowSchema,
      (each) => each.id === id,
    );
    if (row !== undefined) found.push({ stage, row });
    const dropped = await firstOf(
      join(stage.folder, droppedFileName),
      droppedRowSchema,
      (each) => each.id === id,
    );
    if (dropped !== undefined) found.push({ stage, row: dropped.row ?? {}, dropped });
  }
  return found;
}

async function firstOf<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  wanted: (row: z.output<Schema>) => boolean,
): Promise<z.output<Schema> | undefined> {
  if (!existsSync(file)) return undefined;
  for await (const row of streamRowsFiles([file], schema)) if (wanted(row)) return row;
  return undefined;
}

function stepOf({ stage, row, dropped }: Found): TraceStep {
  const makes = (stage.inputs?.rows.length ?? 0) === 0 && ['lamini', 'orca', 'evol'].includes(stage.kind);
  return {
    stage: stage.id,
    kind: stage.kind,
    fate: dropped === undefined ? (makes ? 'made' : 'kept') : 'dropped',
    reason: dropped?.reason,
    detail: dropped?.detail,
    judgments: row.judgments ?? [],
  };
}

async function findAncestors(
  stages: readonly TracedStage[],
  first: Lineage | undefined,
): Promise<Ancestor[]> {
  const ancestors: Ancestor[] = [];
  for (let lineage = first; lineage !== undefined;) {
    const { parentId } = lineage;
    const parent = (await findRow(stages, parentId))[0]?.row;
    const seed = parent === undefined ? await findSeed(stages, parentId) : undefined;
    ancestors.push({
      id: parentId,
      kind: parent !== undefined ? 'row' : seed !== undefined ? 'seed' : 'unknown',
      text: parent?.instruction ?? seed,
      lineage,
    });
    lineage = parent?.lineage;
  }
  return ancestors;
}

async function findSeed(stages: readonly TracedStage[], id: string): Promise<string | undefined> {
  for (const file of stages
    .filter(({ kind }) => kind === 'evol')
    .flatMap(({ inputs }) => inputs?.files ?? [])) {
    const seed = await firstOf(file, seedSchema, (each) => seedId(each) === id);
    if (seed !== undefined) return seedText(seed);
  }
  return undefined;
}

/** Stages whose model started from one of these, or from one that did. */
function descendants(stages: readonly TracedStage[], from: readonly TracedStage[]): string[] {
  const reached = new Set(from.map(({ id }) => id));
  const found: string[] = [];
  for (const { id, inputs, kind } of stages) {
    // Evaluations read models and make none.
    const evaluates = kind === 'eval' || kind === 'mt-bench';
    if (reached.has(id) || evaluates || inputs?.models.some((name) => reached.has(name)) !== true) continue;
    reached.add(id);
    found.push(id);
  }
  return found;
}
