import { writeJson } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import { defaultRubric, filterRows, type Rubric } from '@bezoar/judge';
import type { FilterStage } from '../recipe/recipe.ts';
import { agreementFileName, describeAgreement } from './describe-agreement.ts';
import { definite } from './definite.ts';
import { readInstructionRows, writeRows } from './rows.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** Rows → the rows that the judges let through. */
export async function* runFilter(stage: FilterStage, context: StageContext): StageRun {
  const { kind: _, rows, judges, rubric: __, ...settings } = stage;
  const result = yield* filterRows({
    ...definite(settings),
    rows: await readInstructionRows(context.rowsFiles(rows)),
    rubric: rubricOf(stage),
    judges: judges.map((name) => ({ name, model: context.chat(name) })),
    stage: context.id,
    signal: context.signal,
  });
  await writeRows(context.out, result);
  if (result.agreement.length > 0)
    await writeJson(folderSink(context.out), agreementFileName, result.agreement);
  for (const agreement of result.agreement)
    yield { type: 'note', stage: context.id, message: describeAgreement(agreement) };
  return { rows: result.rows.length };
}

/** The usual one, with what the recipe says otherwise. */
export function rubricOf({ rubric = {} }: FilterStage): Rubric {
  return { ...defaultRubric, ...definite(rubric) };
}
