import type { LoraConfig } from '@bezoar/model';
import { trainingFlops } from '@bezoar/qlora';
import type { TrainingSettings } from '../../recipe/recipe.ts';
import { exampleTokens } from '../example-tokens.ts';
import type { ForecastScope } from '../forecast-scope.ts';
import type { MeasuredExamples } from '../measured-examples.ts';
import { limited, type Outlook } from '../stage-numbers.ts';
import { trainingNumbers, type TrainingNumbersOptions } from '../training-numbers.ts';

export interface TrainingOutlookOptions extends Pick<TrainingNumbersOptions, 'id' | 'referencePasses'> {
  readonly scope: ForecastScope;
  /** Rows or pairs that are learnt from. */
  readonly source: string;
  readonly data: Pick<TrainingSettings, 'limit' | 'evalFraction' | 'evalEvery'>;
  readonly config: TrainingNumbersOptions['config'] & { readonly gradientCheckpointing: boolean };
  readonly measured: MeasuredExamples | undefined;
  /** Tokens of a sequence. */
  readonly maxLength: number;
  /** Sequences of an example. */
  readonly sides: number;
  /** Undefined where every weight learns. */
  readonly adapter: LoraConfig | undefined;
}

/** What any training will do, from what it learns from and how. */
export function trainingOutlook(options: TrainingOutlookOptions): Outlook {
  const { id, scope, source, data, config, measured, maxLength, sides, adapter, referencePasses } = options;
  const { recipe, base } = scope;
  const tokensOf = exampleTokens(scope, maxLength, sides);
  return (scenario, rowsOf) => {
    const rows = rowsOf(source);
    const given = limited(rows.count, data.limit, scenario);
    // Rows that are not looked at may turn out to be none.
    const count = measured?.isWhole === true ? measured.lengths.length : scenario.either(0, given, given);
    const each = tokensOf({ scenario, rows, measured });
    const flops =
      base &&
      trainingFlops({
        config: base.config,
        adapter,
        length: Number.isNaN(each) ? maxLength : each / sides,
        gradientCheckpointing: config.gradientCheckpointing,
      });
    return {
      rowsIn: given,
      ...trainingNumbers({
        ...{ id, recipe, scenario, measured, count, each, ...data, config, flops },
        ...(referencePasses === undefined ? {} : { referencePasses }),
      }),
    };
  };
}
