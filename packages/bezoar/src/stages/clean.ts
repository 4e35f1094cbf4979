import {
  cleanRows,
  createContaminationIndex,
  decontaminateStep,
  dedupeStep,
  evalDocuments,
  filterByLanguage,
  filterByLength,
  type CleaningStep,
} from '@bezoar/datagen';
import { basename } from 'node:path';
import type { CleanStage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { readEvalRows, readInstructionRows, writeRows } from './rows.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** Rows → the rows that are neither too short nor too long, foreign, repeated, or part of an evaluation. Cheap steps go first. */
export async function* runClean(stage: CleanStage, context: StageContext): StageRun {
  const result = yield* cleanRows({
    rows: await readInstructionRows(context.rowsFiles(stage.rows)),
    steps: await cleaningSteps(stage, context),
    stage: context.id,
    signal: context.signal,
  });
  await writeRows(context.out, result);
  return { rows: result.rows.length };
}

async function cleaningSteps(stage: CleanStage, context: StageContext): Promise<CleaningStep[]> {
  const { minWords, maxWords, languages, dedupe: method, threshold, against } = stage;
  const steps: CleaningStep[] = [];
  if (minWords !== undefined || maxWords !== undefined)
    steps.push(filterByLength(definite({ minWords, maxWords })));
  if (languages !== undefined) steps.push(filterByLanguage({ allow: languages }));
  if (method !== undefined) steps.push(dedupeStep(definite({ method, threshold })));
  if (against !== undefined) {
    const index = await createContaminationIndex({ documents: documentsOf(against, context) });
    steps.push(decontaminateStep({ index }));
  }
  return steps;
}

async function* documentsOf(
  files: readonly string[],
  { files: inputs }: StageContext,
): ReturnType<typeof evalDocuments> {
  for (const file of files)
    yield* evalDocuments({ task: basename(file), rows: await readEvalRows(inputs(file)) });
}
