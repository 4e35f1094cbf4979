import { writeJson } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import { defaultRubric, filterRows, type JudgeAgreement, type Rubric } from '@bezoar/judge';
import { formatShare } from '../report/format-number.ts';
import type { FilterStage } from '../recipe/recipe.ts';
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
    await writeJson(folderSink(context.out), 'agreement.json', result.agreement);
  for (const agreement of result.agreement)
    yield { type: 'note', stage: context.id, message: describeAgreement(agreement) };
  return { rows: result.rows.length };
}

/** The usual one, with what the recipe says otherwise. */
export function rubricOf({ rubric = {} }: FilterStage): Rubric {
  return { ...defaultRubric, ...definite(rubric) };
}

function describeAgreement({ judges: [first, second], rows, raw, kappa }: JudgeAgreement): string {
  if (rows === 0) return `${first} and ${second} judged no row both`;
  const beyondChance = Number.isNaN(kappa) ? '' : ` (κ ${kappa.toFixed(2)})`;
  return `${first} and ${second} agree on ${formatShare(raw)} of ${rows} rows${beyondChance}`;
}
