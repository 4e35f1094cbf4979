import { defaultSft } from '@bezoar/qlora';
import type { SftStage } from '../../recipe/recipe.ts';
import { definite } from '../../stages/definite.ts';
import { sftMaxLength } from '../../stages/sft-rows.ts';
import { trainingSettings } from '../../stages/training.ts';
import type { ForecastScope } from '../forecast-scope.ts';
import { measureSft } from '../measured-examples.ts';
import type { Outlook } from '../stage-numbers.ts';
import { trainingOutlook } from './training-outlook.ts';

export async function sftOutlook(id: string, stage: SftStage, scope: ForecastScope): Promise<Outlook> {
  const { recipe, base } = scope;
  const { data, config } = trainingSettings(stage, { recipe });
  const settings = { ...defaultSft, ...definite(config) };
  const measured = await measureSft(stage, scope);
  const maxLength = sftMaxLength(data.maxLength, base?.config ?? { maxPositionEmbeddings: Infinity });
  return trainingOutlook({
    ...{ id, scope, source: stage.rows ?? stage.preferences!, data, config: settings, measured, maxLength },
    sides: 1,
    adapter: stage.method === 'full' ? undefined : recipe.lora,
  });
}
