import { defaultPreferenceTraining, needsReference } from '@bezoar/dpo';
import { trainingFlops } from '@bezoar/qlora';
import type { DpoStage } from '../../recipe/recipe.ts';
import { definite } from '../../stages/definite.ts';
import { dpoLengths } from '../../stages/dpo-lengths.ts';
import { trainingSettings } from '../../stages/training.ts';
import { exampleTokens } from '../example-tokens.ts';
import type { ForecastScope } from '../forecast-scope.ts';
import { measureDpo } from '../measured-examples.ts';
import { limited, type Outlook } from '../stage-numbers.ts';
import { trainingNumbers } from '../training-numbers.ts';

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
  const tokensOf = exampleTokens(scope, maxLength, 2);
  const { loss = 'sigmoid', precomputeReference } = stage;
  const compares = loss === 'kto' || needsReference(loss);
  const passes = precomputeReference === true ? 1 / settings.epochs : 1;

  return (scenario, rowsOf) => {
    const rows = rowsOf(stage.preferences);
    const given = limited(rows.count, data.limit, scenario);
    // Rows that are not looked at may turn out to be none.
    const count = measured?.isWhole === true ? measured.lengths.length : scenario.either(0, given, given);
    const each = tokensOf({ scenario, rows, measured });
    const flops =
      base &&
      trainingFlops({
        config: base.config,
        adapter: recipe.lora,
        length: Number.isNaN(each) ? maxLength : each / 2,
        gradientCheckpointing: settings.gradientCheckpointing,
      });
    return {
      rowsIn: given,
      ...trainingNumbers({
        ...{ id, recipe, scenario, measured, count, each, ...data, config: settings, flops },
        referencePasses: compares ? passes : 0,
      }),
    };
  };
}
