import { BezoarError, seedSchema } from '@bezoar/core';
import { flanRowSchema } from '@bezoar/datagen';
import { readAdapterFolder, trainingRowSchema } from '@bezoar/formats';
import { openFolder, streamRowsFiles } from '@bezoar/formats/node';
import type { PromptTemplate } from '@bezoar/qlora';
import type { Recipe, Stage } from '../recipe/recipe.ts';
import { checkMethod } from '../recipe/check-method.ts';
import { isFile } from '../recipe/check-references.ts';
import { checkModel } from '../stages/check-model.ts';
import { checkExport } from '../stages/export.ts';
import { loadTask } from '../stages/eval-tasks.ts';
import { readMtBenchInputs } from '../stages/mt-bench-inputs.ts';
import { checkPreferences } from '../stages/preferences.ts';
import { checkReference } from '../stages/reference.ts';
import { openTemplate } from '../stages/open-template.ts';
import { checkRows, evalRowSchema, foreignRowSchema, readTopics } from '../stages/rows.ts';
import { checkRendering } from '../stages/render-rows.ts';
import type { PlannedStage } from './plan-run.ts';
import type { RunInputs } from './run-inputs.ts';
import { stageInputs } from './stage-inputs.ts';

export interface PreflightOptions {
  readonly recipe: Recipe;
  readonly inputs: Pick<RunInputs, 'path' | 'files'>;
  /** Those that will run. */
  readonly stages: readonly PlannedStage[];
}

/** Reads every input of the stages that will run, so that bad input is found before anything is written or paid for. */
export async function preflight({ recipe, inputs, stages }: PreflightOptions): Promise<void> {
  if (stages.some(({ stage }) => stageInputs(stage).models.length > 0)) {
    if (recipe.base === undefined) throw new BezoarError('BAD_CONFIG', 'The run needs a base model.');
    await checkModel({ folder: inputs.path(recipe.base) });
    if (recipe.adapter !== undefined) await readAdapterFolder(openFolder(inputs.path(recipe.adapter)));
  }
  let opened: Promise<PromptTemplate> | undefined;
  const template = (): Promise<PromptTemplate> => (opened ??= openTemplate({ recipe, resolve: inputs.path }));
  for (const { stage } of stages) {
    if (stage.kind === 'sft') checkMethod(stage, recipe);
    await checkData(stage, { template, inputs, base: recipe.base });
  }
}

interface CheckOptions extends Pick<PreflightOptions, 'inputs'> {
  /** Opened when a stage needs it. */
  readonly template: () => Promise<PromptTemplate>;
  readonly base: string | undefined;
}

async function checkData(
  stage: Stage,
  { template, inputs: { path, files }, base }: CheckOptions,
): Promise<void> {
  switch (stage.kind) {
    case 'lamini':
      await checkRows(files(stage.seeds), seedSchema);
      if (stage.topics !== undefined) await readTopics(files(stage.topics));
      return;
    case 'orca':
      await checkRows(files(stage.rows), flanRowSchema);
      return;
    case 'evol':
      await checkRows(files(stage.seeds), seedSchema);
      return;
    case 'clean':
      if (isFile(stage.rows)) await checkRows(files(stage.rows), foreignRowSchema);
      for (const file of stage.against ?? []) await checkRows(files(file), evalRowSchema);
      return;
    case 'filter':
      if (isFile(stage.rows)) await checkRows(files(stage.rows), foreignRowSchema);
      return;
    case 'sft':
    case 'merge':
      if (stage.rows !== undefined && isFile(stage.rows))
        await checkRendering(streamRowsFiles(files(stage.rows), trainingRowSchema), {
          template: await template(),
          path: stage.rows,
        });
      if (stage.kind === 'sft' && stage.preferences !== undefined)
        await checkPreferences(files(stage.preferences), { template: await template() });
      return;
    case 'dpo':
      await checkPreferences(files(stage.preferences), {
        template: await template(),
        rated: stage.loss === 'kto',
      });
      for (const folder of stageInputs(stage).folders) await checkReference(path(folder));
      return;
    case 'export':
      await checkExport(stage, { path, base });
      return;
    case 'mt-bench':
      await readMtBenchInputs(stage, files);
      return;
    case 'eval':
      for (const task of stage.tasks)
        await loadTask(task, { template: await template(), files, profile: stage.profile });
      if (stage.preferences !== undefined)
        await checkPreferences(files(stage.preferences), { template: await template() });
      return;
  }
}
