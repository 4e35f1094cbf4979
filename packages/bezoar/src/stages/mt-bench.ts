import type { RunEvent } from '@bezoar/core';
import { writeJsonlFile } from '@bezoar/formats/node';
import {
  answerQuestions,
  judgePairwise,
  judgeSingle,
  pairReport,
  singleReport,
  type JudgePairwiseOptions,
  type MtBenchAnswer,
} from '@bezoar/judge';
import type { ChatModel } from '@bezoar/llm';
import { join } from 'node:path';
import type { MtBenchStage } from '../recipe/recipe.ts';
import { answerScope } from './answer-scope.ts';
import { createLocalChatModel } from './create-local-chat-model.ts';
import { openModel } from './local-model.ts';
import { readMtBenchInputs } from './mt-bench-inputs.ts';
import {
  missingWarnings,
  requireAnsweredCalls,
  reportMetrics,
  writeReports,
  type Judged,
  type MtBenchWork,
} from './mt-bench-report.ts';
import type { StageContext, StageRun } from './stage-context.ts';

/** Questions → answers → judgments → tables, with FastChat's files on the way. */
export async function* runMtBench(stage: MtBenchStage, context: StageContext): StageRun {
  const { id, out } = context;
  const inputs = await readMtBenchInputs(stage, context.files);
  const work = { stage, context, inputs };
  for (const message of inputs.warnings) yield { type: 'warning', stage: id, message };
  const answers = [...inputs.answers];
  for (const name of stage.models ?? []) answers.push(...(yield* answersOfLocal(name, work)));
  for (const name of stage.served ?? []) {
    const { concurrency } = stage;
    answers.push(...(yield* answersOf({ name, model: context.chat(name), concurrency }, work)));
  }
  if (stage.judge === undefined && stage.judgments === undefined) return { answers: answers.length };

  const { judgments, report } = yield* judge(answers, work);
  await writeReports({ answers, judgments, report, work });
  yield { type: 'evaluation', stage: id, step: 1, metrics: reportMetrics(report) };
  for (const message of missingWarnings(report)) yield { type: 'warning', stage: id, message };
  if (stage.judge !== undefined) requireAnsweredCalls(report, out);
  return { judgments: judgments.length };
}

async function* judge(
  answers: readonly MtBenchAnswer[],
  work: MtBenchWork,
): AsyncGenerator<RunEvent, Judged> {
  const { stage, inputs } = work;
  const { questions, single, pairs } = inputs;
  if (stage.mode === undefined || stage.mode === 'single') {
    const judgments = single ?? (yield* judgeSingle(judgeOptions(answers, work)));
    return { judgments, report: singleReport({ questions, judgments }) };
  }
  const judgments = pairs ?? (yield* judgePairwise(judgeOptions(answers, work)));
  return { judgments, report: pairReport({ questions, judgments, baseline: stage.baseline }) };
}

function judgeOptions(
  answers: readonly MtBenchAnswer[],
  { stage, context, inputs }: MtBenchWork,
): JudgePairwiseOptions {
  const { questions, settings, prompts, references } = inputs;
  const { id, signal, now } = context;
  const name = stage.judge!;
  return {
    ...{ questions, answers, settings, prompts, references, signal, now },
    judge: { name, model: context.chat(name) },
    baseline: stage.baseline,
    concurrency: stage.concurrency,
    stage: id,
  };
}

async function* answersOfLocal(
  reference: string,
  work: MtBenchWork,
): AsyncGenerator<RunEvent, readonly MtBenchAnswer[]> {
  const { stage, context } = work;
  const { recipe } = context;
  const backend = await context.backend();
  const local = await openModel({ ...context.model(reference), backend, weights: recipe.weights });
  try {
    const name = stage.names?.[reference] ?? reference;
    const model = createLocalChatModel({
      name,
      local,
      template: await context.template(),
      answers: context.answers(),
      scope: await answerScope(context, reference),
      seed: recipe.seed,
    });
    return yield* answersOf({ name, model, concurrency: 1 }, work);
  } finally {
    local.dispose();
  }
}

interface Answering {
  readonly name: string;
  readonly model: ChatModel;
  readonly concurrency: number | undefined;
}

async function* answersOf(
  answering: Answering,
  { stage, context, inputs }: MtBenchWork,
): AsyncGenerator<RunEvent, readonly MtBenchAnswer[]> {
  const { id, signal, now, out } = context;
  const { answers, unanswered } = yield* answerQuestions({
    ...answering,
    questions: inputs.questions,
    maxTokens: stage.maxTokens,
    stage: id,
    signal,
    now,
  });
  const { name } = answering;
  await writeJsonlFile(join(out, 'model_answer', `${name}.jsonl`), answers);
  for (const { question_id: question, reason, detail } of unanswered) {
    const message = `${name} gave no answer to question ${question} (${reason}): ${detail}`;
    yield { type: 'warning', stage: id, message };
  }
  return answers;
}
