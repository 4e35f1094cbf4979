import type { Stage } from '../recipe/recipe.ts';
import type { ForecastScope } from './forecast-scope.ts';
import type { Outlook } from './stage-numbers.ts';
import { cleanOutlook } from './stages/clean-outlook.ts';
import { dpoOutlook } from './stages/dpo-outlook.ts';
import { evalOutlook } from './stages/eval-outlook.ts';
import { evolOutlook } from './stages/evol-outlook.ts';
import { filterOutlook } from './stages/filter-outlook.ts';
import { laminiOutlook } from './stages/lamini-outlook.ts';
import { mtBenchOutlook } from './stages/mt-bench-outlook.ts';
import { orcaOutlook } from './stages/orca-outlook.ts';
import { sftOutlook } from './stages/sft-outlook.ts';

/** Looks at what is known of a stage before it runs. */
export async function outlookOf(id: string, stage: Stage, scope: ForecastScope): Promise<Outlook> {
  switch (stage.kind) {
    case 'lamini':
      return laminiOutlook(stage, scope);
    case 'orca':
      return orcaOutlook(stage, scope);
    case 'evol':
      return evolOutlook(stage, scope);
    case 'clean':
      return cleanOutlook(stage);
    case 'filter':
      return filterOutlook(stage);
    case 'sft':
      return sftOutlook(id, stage, scope);
    case 'dpo':
      return dpoOutlook(id, stage, scope);
    case 'eval':
      return evalOutlook(stage, scope);
    case 'mt-bench':
      return mtBenchOutlook(stage, scope);
    // They read and write weights once: seconds to minutes.
    case 'merge':
    case 'export':
      return () => ({});
  }
}
