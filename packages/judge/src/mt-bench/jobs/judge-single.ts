import type { RunEvent } from '@bezoar/core';
import { mapConcurrent } from '@bezoar/llm';
import type { SingleJudgment } from '../files/judgment.ts';
import type { MtBenchQuestion } from '../files/question.ts';
import { askForRating } from './ask-judge.ts';
import {
  answerFields,
  planJudging,
  questionFields,
  turnsOf,
  type JudgeOptions,
  type JudgePlan,
} from './judge-options.ts';

/**
 * Single-answer grading: every answer of every model, turn by turn, from 1 to 10. What has no verdict is a line with score −1
 * and its reason, never left out. Lines come by model, question and turn.
 *
 * Throws BezoarError EMPTY_DATASET, BAD_INPUT, and what the judge throws: PROVIDER_REJECTED and PROVIDER_UNAVAILABLE only when
 * they are about more than single calls.
 */
export async function* judgeSingle(options: JudgeOptions): AsyncGenerator<RunEvent, SingleJudgment[]> {
  const plan = planJudging(options);
  const { stage, concurrency, context } = plan;
  const matches = plan.answers.models.flatMap((model) =>
    plan.questions.flatMap((question) => turnsOf(question).map((turn): Match => ({ model, question, turn }))),
  );
  const judgments: SingleJudgment[] = [];
  for await (const judgment of mapConcurrent(matches, (match) => judgeMatch(match, plan), {
    concurrency,
    signal: context.signal,
  })) {
    judgments.push(judgment);
    yield { type: 'progress', stage, done: judgments.length, total: matches.length, note: judgment.model };
  }
  plan.finish();
  return judgments;
}

interface Match {
  readonly model: string;
  readonly question: MtBenchQuestion;
  readonly turn: 1 | 2;
}

async function judgeMatch({ model, question, turn }: Match, plan: JudgePlan): Promise<SingleJudgment> {
  const prompt = plan.promptFor('single', question, turn);
  const line = { question_id: question.question_id, model, judge: [plan.judge.name, prompt.name] as const };
  const turns = plan.answers.turns(model, question.question_id) ?? [];
  if (turns.length < turn) {
    const nothing = { user_prompt: '', judgment: '', score: -1, turn, tstamp: plan.tstamp() };
    return { ...line, ...nothing, missing: 'no-answer' };
  }
  const fields = {
    ...questionFields(question, turn),
    ...answerFields('answer', turns, turn),
    ...plan.referenceFields(question),
  };
  const { userPrompt, judgment, verdict, missing } = await askForRating({ prompt, fields }, plan.context);
  return {
    ...line,
    user_prompt: userPrompt,
    judgment,
    score: verdict ?? -1,
    turn,
    tstamp: plan.tstamp(),
    ...(missing === undefined ? {} : { missing }),
  };
}
