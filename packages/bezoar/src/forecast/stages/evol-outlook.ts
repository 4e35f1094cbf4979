import { defaultWeights, equalityPrompt, evolvePrompt, type EvolOperation } from '@bezoar/datagen';
import type { EvolStage } from '../../recipe/recipe.ts';
import { definite } from '../../stages/definite.ts';
import type { ForecastScope } from '../forecast-scope.ts';
import { callsOf, limited, type Outlook } from '../stage-numbers.ts';
import { meanLength, seedSizes } from '../text-sizes.ts';

/** A prompt asks for 10 to 20 words more in a round: in characters. */
const growth = 80;
/** `not equal`, and the limit of tokens of that reply. */
const verdict = { expected: 2, most: 30 } as const;

/** Every instruction of the pool is evolved, answered and judged in every round. */
export async function evolOutlook(stage: EvolStage, scope: ForecastScope): Promise<Outlook> {
  const { model, judge, maxTokens, rounds = 2, equalityTries = 6 } = stage;
  const files = await scope.files(stage.seeds);
  const facts = files === undefined ? undefined : await scope.facts(files);
  const seeds = seedSizes(facts?.sample ?? []);
  const weights = { ...defaultWeights, ...definite(stage.weights ?? {}) };
  const operations = (Object.keys(weights) as EvolOperation[]).filter((each) => weights[each] > 0);
  const frame = meanLength(operations.map((each) => evolvePrompt(each, '')));

  return (scenario) => {
    const parent = scenario.instruction(seeds.whole) + (growth * (rounds - 1)) / 2;
    const child = parent + growth;
    const pool = limited(facts?.count ?? NaN, stage.limit, scenario);
    const turns = pool * rounds;
    const answers = scenario.either(0, turns, turns);
    const judged = judge === undefined ? 0 : scenario.either(0, turns, turns * equalityTries);
    const own = seeds.response === undefined ? undefined : scenario.promptTokens(seeds.response, 0);
    const answerTokens = scenario.answerTokens({ limit: maxTokens, own });
    const written = scenario.either(
      0,
      scenario.promptTokens(child, 0),
      scenario.answerTokens({ limit: maxTokens }),
    );
    return {
      rowsIn: pool,
      rows: {
        count: scenario.keep(stage) * turns,
        prompt: child,
        response: scenario.characters(answerTokens),
        texts: seeds.texts,
      },
      calls: [
        callsOf(model, turns, { inputTokens: scenario.promptTokens(frame + parent), outputTokens: written }),
        callsOf(model, answers, { inputTokens: scenario.promptTokens(child), outputTokens: answerTokens }),
        ...(judge === undefined
          ? []
          : [
              callsOf(judge, judged, {
                inputTokens: scenario.promptTokens(equalityPrompt('', '').length + parent + child),
                outputTokens: scenario.either(0, verdict.expected, verdict.most),
              }),
            ]),
      ],
    };
  };
}
