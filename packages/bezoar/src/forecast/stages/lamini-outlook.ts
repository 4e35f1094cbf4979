import { exampleGuidedPrompt, responseSystem, topicGuidedPrompt, topicPrompt } from '@bezoar/datagen';
import type { LaminiStage } from '../../recipe/recipe.ts';
import type { ForecastScope } from '../forecast-scope.ts';
import { callsOf, type Outlook } from '../stage-numbers.ts';
import { seedSizes } from '../text-sizes.ts';

/** Around an instruction in a prompt and in a reply. */
const tagged = (text: string): string => `<example>${text}</example>\n`;
/** A topic of one or two words, with its quotes. */
const topic = 'outer space';

/**
 * Prompts until enough of the instructions in their replies are new, and an answer for each row. At worst every prompt gives one instruction,
 * as far as the budget of candidates goes.
 */
export async function laminiOutlook(stage: LaminiStage, scope: ForecastScope): Promise<Outlook> {
  const { model, count, maxTokens, topics, topicShare = 0.5 } = stage;
  const { examplesPerPrompt = 3, instructionsPerPrompt = 20, topicsPerPrompt = 3 } = stage;
  const candidates = stage.candidateBudget ?? 5 * count + 100;
  const files = await scope.files(stage.seeds);
  const facts = files === undefined ? undefined : await scope.facts(files);
  const seeds = seedSizes(facts?.sample ?? []);
  const shown = Math.min(examplesPerPrompt, facts?.count ?? examplesPerPrompt);
  const frame = exampleGuidedPrompt({ examples: [], count: instructionsPerPrompt }).length;
  const guided = topicGuidedPrompt({
    examples: [],
    count: instructionsPerPrompt,
    topics: Array.from({ length: topicsPerPrompt }, () => topic),
  }).length;
  const findsTopics = topics === undefined && topicShare > 0;

  return (scenario) => {
    const instruction = scenario.instruction(seeds.instruction);
    const example = tagged('').length + scenario.instruction(seeds.whole);
    const asked = frame + topicShare * (guided - frame) + shown * example;
    const topicsAsked = topicPrompt({ instructions: [], count: 30 }).length + 20 * example;
    const prompts = scenario.either(
      Math.ceil(count / instructionsPerPrompt),
      Math.ceil(count / scenario.keep(stage) / instructionsPerPrompt),
      candidates,
    );
    const answers = scenario.either(0, count, candidates);
    const own = seeds.response === undefined ? undefined : scenario.promptTokens(seeds.response, 0);
    const answerTokens = scenario.answerTokens({ limit: maxTokens, own });
    const written = instructionsPerPrompt * (tagged('').length + instruction);
    return {
      ...(facts === undefined ? {} : { rowsIn: facts.count }),
      rows: {
        count: scenario.either(0, count, count),
        prompt: instruction,
        response: scenario.characters(answerTokens),
        texts: seeds.texts,
      },
      calls: [
        callsOf(model, prompts, {
          inputTokens: scenario.promptTokens(asked),
          outputTokens: scenario.either(
            0,
            scenario.promptTokens(written),
            scenario.answerTokens({ limit: maxTokens }),
          ),
        }),
        callsOf(model, answers, {
          inputTokens: scenario.promptTokens(responseSystem.length + instruction, 2),
          outputTokens: answerTokens,
        }),
        callsOf(model, findsTopics ? scenario.either(0, 1, 3) : 0, {
          inputTokens: scenario.promptTokens(topicsAsked),
          outputTokens: scenario.either(
            0,
            30 * scenario.promptTokens(topic.length, 0),
            scenario.answerTokens({}),
          ),
        }),
      ],
    };
  };
}
