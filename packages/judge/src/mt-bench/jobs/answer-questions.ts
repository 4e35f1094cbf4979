import { hashText, type ChatMessage, type RunEvent } from '@bezoar/core';
import {
  completeText,
  createRejectionWatch,
  mapConcurrent,
  type ChatModel,
  type TextProblem,
} from '@bezoar/llm';
import type { MtBenchAnswer } from '../files/answer.ts';
import { checkQuestions, type MtBenchQuestion } from '../files/question.ts';

/** FastChat's: what is to be invented is sampled, what can be wrong is not. */
export const mtBenchTemperatures: Readonly<Record<string, number>> = {
  writing: 0.7,
  roleplay: 0.7,
  extraction: 0,
  math: 0,
  coding: 0,
  reasoning: 0,
  stem: 0.1,
  humanities: 0.1,
};

/** Of a category that has none. */
const otherTemperature = 0.7;

export interface AnswerQuestionsOptions {
  readonly questions: readonly MtBenchQuestion[];
  readonly model: ChatModel;
  /** `model_id` of its answers. */
  readonly name: string;
  /** By category; MT-Bench's by default. */
  readonly temperatures?: Readonly<Record<string, number>> | undefined;
  /** Of one answer; 1,024 by default. */
  readonly maxTokens?: number | undefined;
  /** In front of the conversation; a local model's template may have its own. */
  readonly system?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly stage?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface UnansweredQuestion {
  readonly question_id: number;
  readonly reason: TextProblem;
  readonly detail: string;
}

export interface AnsweredQuestions {
  /** In the order of the questions. */
  readonly answers: readonly MtBenchAnswer[];
  /** Questions to which the model gave no text at all. They have no answer, and count as missing when the others are judged. */
  readonly unanswered: readonly UnansweredQuestion[];
}

/**
 * Lets a model answer the questions, the second turn after its own first answer. An answer that is cut off at the limit, or that
 * refuses in words, is an answer. Throws BezoarError EMPTY_DATASET, BAD_INPUT, and what the model throws.
 */
export async function* answerQuestions(
  options: AnswerQuestionsOptions,
): AsyncGenerator<RunEvent, AnsweredQuestions> {
  const { questions, name, concurrency = 8, stage = 'mt-bench', signal, now = () => new Date() } = options;
  checkQuestions(questions);
  const rejections = createRejectionWatch();
  const answers: MtBenchAnswer[] = [];
  const unanswered: UnansweredQuestion[] = [];

  const answer = async (question: MtBenchQuestion): Promise<readonly string[] | UnansweredQuestion> => {
    const { model, system, maxTokens = 1024, temperatures = mtBenchTemperatures } = options;
    const temperature = temperatures[question.category] ?? otherTemperature;
    const messages: ChatMessage[] = system === undefined ? [] : [{ role: 'system', content: system }];
    const texts: string[] = [];
    for (const content of question.turns) {
      messages.push({ role: 'user', content });
      const request = { messages: [...messages], temperature, maxTokens };
      const reply = await completeText(model, request, { rejections, signal });
      if (!reply.ok && reply.text === '')
        return { question_id: question.question_id, reason: reply.code, detail: reply.reason };
      messages.push({ role: 'assistant', content: reply.text });
      texts.push(reply.text);
    }
    return texts;
  };

  let done = 0;
  for await (const found of mapConcurrent(questions, answer, { concurrency, signal })) {
    const { question_id: id } = questions[done++]!;
    if ('reason' in found) unanswered.push(found);
    else answers.push(answerRow({ id, name, turns: found, at: now() }));
    yield { type: 'progress', stage, done, total: questions.length, note: `${name} answers` };
  }
  rejections.finish();
  return { answers, unanswered };
}

interface AnswerRow {
  readonly id: number;
  readonly name: string;
  readonly turns: readonly string[];
  readonly at: Date;
}

/** The same answer has the same id. */
function answerRow({ id, name, turns, at }: AnswerRow): MtBenchAnswer {
  return {
    question_id: id,
    answer_id: hashText(JSON.stringify([id, name, turns])),
    model_id: name,
    choices: [{ index: 0, turns }],
    tstamp: at.getTime() / 1000,
  };
}
