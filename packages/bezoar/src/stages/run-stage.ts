import type { Stage } from '../recipe/recipe.ts';
import { runClean } from './clean.ts';
import { makesRows, publishRows } from './dataset-card.ts';
import { runDpo } from './dpo.ts';
import { runEval } from './eval.ts';
import { runEvol } from './evol.ts';
import { runExport } from './export.ts';
import { runFilter } from './filter.ts';
import { runLamini } from './lamini.ts';
import { runMerge } from './merge.ts';
import { runMtBench } from './mt-bench.ts';
import { runOrca } from './orca.ts';
import { runSft } from './sft.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** The work of a stage, by its kind; one that makes rows leaves a card beside them. */
export async function* runStage(stage: Stage, context: StageContext): StageRun {
  const metrics = yield* workOf(stage, context);
  if (makesRows(stage)) await publishRows(stage, context);
  return metrics;
}

function workOf(stage: Stage, context: StageContext): StageRun {
  switch (stage.kind) {
    case 'lamini':
      return runLamini(stage, context);
    case 'orca':
      return runOrca(stage, context);
    case 'evol':
      return runEvol(stage, context);
    case 'clean':
      return runClean(stage, context);
    case 'filter':
      return runFilter(stage, context);
    case 'sft':
      return runSft(stage, context);
    case 'dpo':
      return runDpo(stage, context);
    case 'merge':
      return runMerge(stage, context);
    case 'export':
      return runExport(stage, context);
    case 'eval':
      return runEval(stage, context);
    case 'mt-bench':
      return runMtBench(stage, context);
  }
}
