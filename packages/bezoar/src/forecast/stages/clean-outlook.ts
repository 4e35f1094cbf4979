import type { CleanStage } from '../../recipe/recipe.ts';
import type { Outlook } from '../stage-numbers.ts';

/** Asks nobody; how many rows it drops is not known before. */
export function cleanOutlook(stage: CleanStage): Outlook {
  return (scenario, rowsOf) => {
    const rows = rowsOf(stage.rows);
    return { rowsIn: rows.count, rows: { ...rows, count: scenario.keep(stage) * rows.count } };
  };
}
