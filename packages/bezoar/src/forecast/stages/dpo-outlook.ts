import { defaultPreferenceTraining, needsReference } from '@bezoar/dpo';
import type { DpoStage } from '../../recipe/recipe.ts';
import { definite } from '../../stages/definite.ts';
import { dpoLengths } from '../../stages/dpo-lengths.ts';
import { trainingSettings } from '../../stages/training.ts';
import type { ForecastScope } from '../forecast-scope.ts';
import { measureDpo } from '../measured-examples.ts';
import type { Outlook } from '../stage-numbers.ts';
import { trainingOutlook } from './training-outlook.ts';

/** A pair is two sequences; the reference reads both once more. */
export async function dpoOutlook(id: string, stage: DpoStage, scope: ForecastScope): Promise<Outlook> {
  const { recipe, base } = scope;
  // Packing is for SFT alone.
  const training = { ...recipe.training, packing: undefined, packLength: undefined };
  const { data, config } = trainingSettings(stage, { recipe: { ...recipe, training } });
  const settings = { ...defaultPreferenceTraining, ...definite(config) };
  const measured = await measureDpo(stage, scope);
  const limits = base?.config ?? { maxPositionEmbeddings: Infinity };
  const { maxLength } = dpoLengths(data, limits);
  const { loss = 'sigmoid', precomputeReference } = stage;
  const compares = loss === 'kto' || needsReference(loss);
  const passes = precomputeReference === true ? 1 / settings.epochs : 1;
  return trainingOutlook({
    ...{ id, scope, source: stage.preferences, data, config: settings, measured, maxLength },
    sides: 2,
    adapter: recipe.lora,
    referencePasses: compares ? passes : 0,
  });
}
