import { defaultSft, trainingFlops } from '@bezoar/qlora';
import type { SftStage } from '../../recipe/recipe.ts';
import { definite } from '../../stages/definite.ts';
import { sftMaxLength } from '../../stages/sft-rows.ts';
import { trainingSettings } from '../../stages/training.ts';
import { exampleTokens } from '../example-tokens.ts';
import type { ForecastScope } from '../forecast-scope.ts';
import { measureSft } from '../measured-examples.ts';
import { limited, type Outlook } from '../stage-numbers.ts';
import { trainingNumbers } from '../training-numbers.ts';

export async function sftOutlook(id: string, stage: SftStage, scope: ForecastScope): Promise<Outlook> {
  const { recipe, base } = scope;
  const { data, config } = trainingSettings(stage, { recipe });
  const settings = { ...defaultSft, ...definite(config) };
  const measured = await measureSft(stage, scope);
  const maxLength = sftMaxLength(data.maxLength, base?.config ?? { maxPositionEmbeddings: Infinity });
  const tokensOf = exampleTokens(scope, maxLength);

  return (scenario, rowsOf) => {
    const rows = rowsOf(stage.rows ?? stage.preferences!);
    const given = limited(rows.count, data.limit, scenario);
    // Rows that are not looked at may turn out to be none.
    const count = measured?.isWhole === true ? measured.lengths.length : scenario.either(0, given, given);
    const each = tokensOf({ scenario, rows, measured });
    const flops =
      base &&
      trainingFlops({
        config: base.config,
        adapter: stage.method === 'full' ? undefined : recipe.lora,
        length: Number.isNaN(each) ? maxLength : each,
        gradientCheckpointing: settings.gradientCheckpointing,
      });
    return {
      rowsIn: given,
      ...trainingNumbers({ id, recipe, scenario, measured, count, each, ...data, config: settings, flops }),
    };
  };
}
