import type { RunEvent } from '@bezoar/core';
import { createLocalLanguageModel, evaluate, writeLmEvalFiles, type EvaluationReport } from '@bezoar/eval';
import { writeJson } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import type { EvalStage } from '../recipe/recipe.ts';
import { addAnswers } from './answer-samples.ts';
import { definite } from './definite.ts';
import { scoresFileName, type AnswerSample, type Score } from './eval-scores.ts';
import { chooseBos, loadTask } from './eval-tasks.ts';
import { openModel } from './local-model.ts';
import { preferenceWinRate } from './preference-win-rate.ts';
import { droppedWarning, readPairs } from './preferences.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** Scores models on tasks, as LM-Eval-Harness does, and on preference pairs. */
export async function* runEval(stage: EvalStage, context: StageContext): StageRun {
  const { id, signal, recipe, resolve } = context;
  const { template } = recipe;
  const tasks = await Promise.all(stage.tasks.map((task) => loadTask(task, { template, resolve })));
  const preferences =
    stage.preferences === undefined
      ? undefined
      : await readPairs(resolve(stage.preferences), { limit: stage.limit });
  if (preferences !== undefined) yield* droppedWarning(id, preferences.dropped);
  const models: Record<string, Record<string, Score>> = {};
  const samples: AnswerSample[] = [];
  let done = 1;
  for (const name of stage.models) {
    const local = await openModel({
      ...context.model(name),
      backend: await context.backend(),
      weights: recipe.weights,
    });
    try {
      const scores: Record<string, Score> = {};
      models[name] = scores;
      if (tasks.length > 0) {
        const model = createLocalLanguageModel({ ...local, id: name, bos: chooseBos(stage) });
        const run = evaluate({ model, tasks, stage: id, signal, ...definite({ limit: stage.limit }) });
        const report = yield* namedProgress(run, name);
        Object.assign(scores, scoresOf(report));
        await writeLmEvalFiles({ report, sink: folderSink(context.out), date: context.now() });
        addAnswers(samples, name, report.tasks);
      }
      if (preferences !== undefined) {
        const winRate = preferenceWinRate({ local, pairs: preferences.pairs, stage: id, name, signal });
        scores['preference/win_rate'] = yield* winRate;
      }
      const metrics = Object.entries(scores).map(
        ([metric, { value }]) => [`${name}/${metric}`, value] as const,
      );
      yield { type: 'evaluation', stage: id, step: done++, metrics: Object.fromEntries(metrics) };
    } finally {
      local.dispose();
    }
  }
  await writeJson(folderSink(context.out), scoresFileName, { models, samples });
  return undefined;
}

/** An evaluation's progress with the model's name; its scores are told once, with those on preferences. */
async function* namedProgress(
  run: AsyncGenerator<RunEvent, EvaluationReport>,
  name: string,
): AsyncGenerator<RunEvent, EvaluationReport> {
  for (;;) {
    const step = await run.next();
    if (step.done === true) return step.value;
    if (step.value.type === 'progress') yield { ...step.value, note: `${name} · ${step.value.note ?? ''}` };
  }
}

/** By `task/metric`, with the filter in between where there is one. */
function scoresOf({ tasks }: EvaluationReport): Record<string, Score> {
  return Object.fromEntries(
    tasks.flatMap(({ task, scores }) =>
      scores.map(({ metric, filter, value, stderr }): [string, Score] => [
        [task.name, ...(filter === 'none' ? [] : [filter]), metric].join('/'),
        { value, ...(Number.isNaN(stderr) ? {} : { stderr }) },
      ]),
    ),
  );
}
