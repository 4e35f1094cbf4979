import {
  defaultJudgePrompts,
  findJudgeSettings,
  knownMtBenchFile,
  mtBenchAnswerSchema,
  mtBenchQuestionSchema,
  type MtBenchQuestion,
} from '@bezoar/judge';
import { trainingFlops } from '@bezoar/qlora';
import type { MtBenchStage } from '../../recipe/recipe.ts';
import { readRows } from '../../stages/rows.ts';
import { isUrl, parseUrlFile } from '../../run/url-file.ts';
import type { ForecastScope } from '../forecast-scope.ts';
import { callsOf, type Outlook } from '../stage-numbers.ts';
import { meanLength } from '../text-sizes.ts';

/** FastChat's questions, which are known without a look at them. */
const official = { questions: 80, turns: 160, characters: 270 } as const;

/** Answers to every turn, and a verdict on every turn of every model or in both orders of every pair. */
export async function mtBenchOutlook(stage: MtBenchStage, scope: ForecastScope): Promise<Outlook> {
  const { models = [], served = [], answers = [], judge, mode = 'single', maxTokens = 1024 } = stage;
  const settings = findJudgeSettings(stage.settings ?? 'strict-1');
  const questions = await countQuestions(stage, scope);
  const given = await namesOf(answers, scope);
  const all = models.length + served.length + given;
  const games =
    mode === 'single' ? all : 2 * (mode === 'pairwise-baseline' ? all - 1 : (all * (all - 1)) / 2);
  const shown = mode === 'single' ? 1 : 2;
  const prompts = defaultJudgePrompts[mode === 'single' ? 'single' : 'pair'].general.first;
  const frame = prompts.system_prompt.length + prompts.prompt_template.length;
  // The second turn comes with the first one: half a conversation more on average.
  const conversation = 1.5;
  // A reply that is no verdict is asked for once more where the prompt wants JSON.
  const tries = stage.prompts === undefined ? 2 : 1;
  const { base } = scope;

  return (scenario) => {
    const { turns, characters } = questions;
    const answerTokens = scenario.answerTokens({ limit: maxTokens });
    const asked = conversation * scenario.promptTokens(characters, 1) + answerTokens / 2;
    const verdictTokens = scenario.answerTokens({ limit: settings.maxTokens });
    const judged = games * turns;
    const flops = base && trainingFlops({ config: base.config, adapter: scope.recipe.lora, length: 512 });
    const local = models.length * turns;
    return {
      ...(models.length === 0
        ? {}
        : {
            requests: local,
            flops: local * (asked + answerTokens * scenario.writeCost()) * (flops?.forward ?? NaN),
          }),
      calls: [
        ...served.map((model) =>
          callsOf(model, scenario.either(turns / 2, turns, turns), {
            inputTokens: asked,
            outputTokens: answerTokens,
          }),
        ),
        ...(judge === undefined
          ? []
          : [
              callsOf(judge, scenario.either(0, judged, tries * judged), {
                inputTokens:
                  scenario.promptTokens(frame + conversation * characters, 2) +
                  shown * conversation * answerTokens,
                outputTokens: verdictTokens,
              }),
            ]),
      ],
    };
  };
}

interface Questions {
  readonly turns: number;
  /** Mean characters of a turn. */
  readonly characters: number;
}

async function countQuestions(
  { questions: reference, limit }: MtBenchStage,
  scope: ForecastScope,
): Promise<Questions> {
  const files = await scope.files(reference);
  if (files !== undefined) return sizesOf(await readRows(files, mtBenchQuestionSchema, limit));
  const isOfficial =
    isUrl(reference) && knownMtBenchFile(parseUrlFile(reference).sha256)?.kind === 'questions';
  if (!isOfficial) return { turns: NaN, characters: NaN };
  const { turns, characters } = official;
  return { turns: Math.min(turns, 2 * (limit ?? official.questions)), characters };
}

function sizesOf(questions: readonly MtBenchQuestion[]): Questions {
  const turns = questions.flatMap((question) => question.turns);
  return { turns: turns.length, characters: meanLength(turns) };
}

/** How many models have answers in the files. */
async function namesOf(references: readonly string[], scope: ForecastScope): Promise<number> {
  const names = new Set<string>();
  let unread = 0;
  for (const reference of references) {
    const files = await scope.files(reference);
    if (files === undefined) unread++;
    else for (const { model_id: name } of await readRows(files, mtBenchAnswerSchema)) names.add(name);
  }
  return unread > 0 ? NaN : names.size;
}
