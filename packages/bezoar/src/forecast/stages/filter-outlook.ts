import { judgeMessages } from '@bezoar/judge';
import type { FilterStage } from '../../recipe/recipe.ts';
import { rubricOf } from '../../stages/filter.ts';
import { callsOf, type Outlook } from '../stage-numbers.ts';

/** What a structured reply adds to a prompt, at the most. */
const schemaTokens = 600;

/** Every judge rates every row; a reply that cannot be read is asked for once more. */
export function filterOutlook(stage: FilterStage): Outlook {
  const frame = judgeMessages({ instruction: '', response: '' }, rubricOf(stage)).reduce(
    (sum, { content }) => sum + content.length,
    0,
  );
  return (scenario, rowsOf) => {
    const rows = rowsOf(stage.rows);
    const outputTokens = scenario.verdictTokens();
    const calls = scenario.either(rows.count, rows.count, 2 * rows.count);
    const shown = scenario.promptTokens(frame + rows.prompt + rows.response, 2);
    const inputTokens = scenario.either(0, shown, shown + schemaTokens + outputTokens);
    return {
      rowsIn: rows.count,
      rows: { ...rows, count: scenario.keep(stage) * rows.count },
      calls: stage.judges.map((judge) => callsOf(judge, calls, { inputTokens, outputTokens })),
    };
  };
}
