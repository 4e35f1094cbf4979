import { BezoarError, type RunEvent } from '@bezoar/core';
import { mapConcurrent } from '@bezoar/llm';
import type { PairJudgment, PairWinner } from '../files/judgment.ts';
import type { MtBenchQuestion } from '../files/question.ts';
import type { ShownWinner } from '../prompts/read-verdict.ts';
import { askForWinner, type JudgeReply } from './ask-judge.ts';
import {
  answerFields,
  planJudging,
  questionFields,
  turnsOf,
  type JudgeOptions,
  type JudgePlan,
} from './judge-options.ts';

export interface JudgePairwiseOptions extends JudgeOptions {
  /** Every other model is compared with this one; without it, every pair of models. */
  readonly baseline?: string | undefined;
}

/**
 * Pairwise comparison, turn by turn, each in both orders. A game without a verdict has the winner "error" and its reason. Lines
 * come by pair of models, question and turn. Throws as `judgeSingle` does, and BAD_CONFIG when there is nobody to compare.
 */
export async function* judgePairwise(
  options: JudgePairwiseOptions,
): AsyncGenerator<RunEvent, PairJudgment[]> {
  const plan = planJudging(options);
  const { stage, concurrency, context } = plan;
  const matches = pairsOf(plan.answers.models, options.baseline).flatMap((models) =>
    plan.questions.flatMap((question) =>
      turnsOf(question).map((turn): Match => ({ models, question, turn })),
    ),
  );
  const judgments: PairJudgment[] = [];
  for await (const judgment of mapConcurrent(matches, (match) => judgeMatch(match, plan), {
    concurrency,
    signal: context.signal,
  })) {
    judgments.push(judgment);
    const note = `${judgment.model_1} · ${judgment.model_2}`;
    yield { type: 'progress', stage, done: judgments.length, total: matches.length, note };
  }
  plan.finish();
  return judgments;
}

type Models = readonly [string, string];

function pairsOf(models: readonly string[], baseline: string | undefined): Models[] {
  if (models.length < 2) {
    throw new BezoarError(
      'BAD_CONFIG',
      `Pairs need two models; there are answers of ${models.join() || 'none'}.`,
      {
        advice: 'Add the answers of another model.',
      },
    );
  }
  if (baseline === undefined)
    return models.flatMap((first, index) => models.slice(index + 1).map((second): Models => [first, second]));
  if (!models.includes(baseline)) {
    throw new BezoarError('BAD_CONFIG', `There are no answers of the baseline ${baseline}.`, {
      advice: `There are answers of ${models.join(', ')}.`,
    });
  }
  return models.filter((model) => model !== baseline).map((model): Models => [model, baseline]);
}

interface Match {
  readonly models: Models;
  readonly question: MtBenchQuestion;
  readonly turn: 1 | 2;
}

async function judgeMatch({ models, question, turn }: Match, plan: JudgePlan): Promise<PairJudgment> {
  const { question_id: id } = question;
  const prompt = plan.promptFor('pair', question, turn);
  const [first, second] = models.map((model) => plan.answers.turns(model, id) ?? []) as [string[], string[]];
  const play = async (a: readonly string[], b: readonly string[]): Promise<JudgeReply<ShownWinner>> => {
    if (a.length < turn || b.length < turn)
      return { userPrompt: '', judgment: '', verdict: null, missing: 'no-answer' };
    const fields = {
      ...questionFields(question, turn),
      ...answerFields('answer_a', a, turn),
      ...answerFields('answer_b', b, turn),
      ...plan.referenceFields(question),
    };
    return askForWinner({ prompt, fields }, plan.context);
  };
  const [g1, g2] = [await play(first, second), await play(second, first)];
  const missing = g1.missing ?? g2.missing;
  return {
    question_id: id,
    model_1: models[0],
    model_2: models[1],
    g1_winner: winnerOf(g1.verdict, { A: 'model_1', B: 'model_2' }),
    g2_winner: winnerOf(g2.verdict, { A: 'model_2', B: 'model_1' }),
    judge: [plan.judge.name, prompt.name],
    g1_user_prompt: g1.userPrompt,
    g1_judgment: g1.judgment,
    g2_user_prompt: g2.userPrompt,
    g2_judgment: g2.judgment,
    turn,
    tstamp: plan.tstamp(),
    ...(missing === undefined ? {} : { missing }),
  };
}

function winnerOf(
  shown: ShownWinner | null,
  names: Readonly<Record<'A' | 'B', 'model_1' | 'model_2'>>,
): PairWinner {
  if (shown === null) return 'error';
  return shown === 'tie' ? 'tie' : names[shown];
}
