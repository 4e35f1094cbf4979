import { BezoarError } from '@bezoar/core';
import { openFolder } from '@bezoar/formats/node';
import { loadTokenizer, readModelConfig, type Tokenizer } from '@bezoar/model';
import { join } from 'node:path';
import { isFile } from '../recipe/check-references.ts';
import type { LoadedRecipe } from '../recipe/load-recipe.ts';
import type { SftStage } from '../recipe/recipe.ts';
import { openRunInputs, type OpenInputsOptions } from '../run/open-run-inputs.ts';
import { openTemplate } from '../stages/open-template.ts';
import { rowsFileName } from '../stages/rows.ts';
import { readSftRows, sftMaxLength } from '../stages/sft-rows.ts';
import { trainingSettings } from '../stages/training.ts';
import { inspectData, type DataInspection } from './inspect-data.ts';

export interface InspectStageOptions extends Pick<LoadedRecipe, 'recipe' | 'resolve'> {
  readonly stage: SftStage;
  /** Where stages that make rows have their folders. */
  readonly runDir: string;
}

/** The data of a stage as its training will see it. Nothing is loaded of the model but its tokenizer and its settings. */
export async function inspectStage(
  { recipe, resolve, stage, runDir }: InspectStageOptions,
  hub: Pick<OpenInputsOptions, 'env' | 'emit'>,
): Promise<{ readonly inspection: DataInspection; readonly tokenizer: Tokenizer }> {
  const { base } = recipe;
  if (base === undefined)
    throw new BezoarError('BAD_CONFIG', 'The recipe has no base model.', {
      advice: 'Add base: ./model-folder.',
    });
  const named = [stage.rows, stage.preferences].filter((name) => name !== undefined);
  const data = named.filter((name) => isFile(name));
  const inputs = await openRunInputs({ models: [base], data, resolve, ...hub });
  await inputs.fetch([base, ...data]);
  const folder = openFolder(inputs.path(base));
  const [tokenizer, model] = [await loadTokenizer(folder), await readModelConfig(folder)];
  const template = await openTemplate({ recipe, resolve: inputs.path });
  const { rows } = await readSftRows(stage, {
    template,
    files: inputs.files,
    rowsFiles: (name) => (isFile(name) ? inputs.files(name) : [join(runDir, name, rowsFileName)]),
  });
  const settings = trainingSettings(stage, { recipe });
  const ends = [tokenizer.eosId, ...template.stopIds, ...model.eosTokenIds];
  const inspection = inspectData(rows.slice(0, settings.data.limit), {
    tokenizer,
    maxLength: sftMaxLength(settings.data.maxLength, model),
    packLength: settings.config.packLength,
    endIds: new Set(ends.filter((id) => id !== undefined)),
  });
  return { inspection, tokenizer };
}
