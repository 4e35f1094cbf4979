import { flanRowSchema, systemMessages } from '@bezoar/datagen';
import type { OrcaStage } from '../../recipe/recipe.ts';
import type { ForecastScope } from '../forecast-scope.ts';
import { callsOf, limited, type Outlook } from '../stage-numbers.ts';
import { meanLength } from '../text-sizes.ts';

/** A call for every row that is drawn, except repeats. */
export async function orcaOutlook(stage: OrcaStage, scope: ForecastScope): Promise<Outlook> {
  const { model, count, maxTokens, requireAgreement } = stage;
  const files = await scope.files(stage.rows);
  const facts = files === undefined ? undefined : await scope.facts(files);
  const texts = (facts?.sample ?? []).flatMap((row) => flanRowSchema.safeParse(row).data?.inputs ?? []);

  return (scenario) => {
    const prompt = meanLength(Object.values(systemMessages)) + scenario.instruction(meanLength(texts));
    const drawn = limited(facts?.count ?? NaN, count, scenario);
    const calls = scenario.either(0, drawn, drawn);
    const outputTokens = scenario.answerTokens({ limit: maxTokens });
    const inputTokens = scenario.promptTokens(prompt, 2);
    const kept = requireAgreement === true ? scenario.keep(stage) : 1;
    return {
      ...(facts === undefined ? {} : { rowsIn: facts.count }),
      rows: {
        count: scenario.either(0, kept * drawn, drawn),
        prompt,
        response: scenario.characters(outputTokens),
        texts,
      },
      calls: [callsOf(model, calls, { inputTokens, outputTokens })],
    };
  };
}
