import { BezoarError } from '@bezoar/core';
import { createRejectionWatch, type ChatModel } from '@bezoar/llm';
import { indexAnswers, type AnswerIndex, type MtBenchAnswer } from '../files/answer.ts';
import { checkQuestions, needsReference, type MtBenchQuestion } from '../files/question.ts';
import { judgeSettings, type JudgeSettings } from '../judge-settings.ts';
import { defaultJudgePrompts } from '../prompts/default-prompts.ts';
import type { JudgePrompt } from '../prompts/judge-prompt.ts';
import type { PromptSet, TurnPrompts } from '../prompts/prompt-set.ts';
import type { JudgeContext } from './ask-judge.ts';
import { createOutageWatch } from './outage-watch.ts';

export interface MtBenchJudge {
  /** Names the files and stands in every line. */
  readonly name: string;
  readonly model: ChatModel;
}

/** What all ways of judging need. */
export interface JudgeOptions {
  readonly questions: readonly MtBenchQuestion[];
  /** Of all models that are judged. */
  readonly answers: readonly MtBenchAnswer[];
  readonly judge: MtBenchJudge;
  readonly settings?: JudgeSettings | undefined;
  readonly prompts?: PromptSet | undefined;
  /** Reference answers for math, reasoning and coding. Without them the general prompts judge these too. */
  readonly references?: readonly MtBenchAnswer[] | undefined;
  readonly concurrency?: number | undefined;
  readonly stage?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly now?: (() => Date) | undefined;
}

/** Options with their defaults, checked, and what is looked up in them. */
export interface JudgePlan {
  readonly questions: readonly MtBenchQuestion[];
  readonly answers: AnswerIndex;
  readonly judge: MtBenchJudge;
  readonly context: JudgeContext;
  readonly stage: string;
  readonly concurrency: number;
  /** Seconds since 1970. */
  readonly tstamp: () => number;
  promptFor(type: 'single' | 'pair', question: MtBenchQuestion, turn: 1 | 2): JudgePrompt;
  /** `ref_answer_1`, `ref_answer_2`. */
  referenceFields(question: MtBenchQuestion): Readonly<Record<string, string>>;
  /** To be called when all is judged: throws when the judge answered nothing at all. */
  finish(): void;
}

/** Throws BezoarError EMPTY_DATASET or BAD_INPUT: no questions, no answers, a reference that is missing. */
export function planJudging(options: JudgeOptions): JudgePlan {
  const { questions, judge, settings = judgeSettings['strict-1'], prompts = defaultJudgePrompts } = options;
  const { concurrency = 8, stage = 'mt-bench', signal, now = () => new Date() } = options;
  checkQuestions(questions);
  if (options.answers.length === 0) throw new BezoarError('EMPTY_DATASET', 'There are no answers to judge.');
  const referenceOf = referenceLookup(questions, options.references);
  const rejections = createRejectionWatch();
  const outages = createOutageWatch();
  return {
    questions,
    answers: indexAnswers(options.answers),
    judge,
    context: { model: judge.model, settings, rejections, outages, signal },
    stage,
    concurrency,
    tstamp: () => now().getTime() / 1000,
    promptFor(type, question, turn) {
      const kinds = prompts[type];
      const { first, second }: TurnPrompts =
        referenceOf(question) === undefined ? kinds.general : kinds.withReference;
      return turn === 1 ? first : second;
    },
    referenceFields(question) {
      const [first, second = ''] = referenceOf(question) ?? [];
      return first === undefined ? {} : { ref_answer_1: first, ref_answer_2: second };
    },
    finish() {
      rejections.finish();
      outages.finish();
    },
  };
}

function referenceLookup(
  questions: readonly MtBenchQuestion[],
  references: readonly MtBenchAnswer[] | undefined,
): (question: MtBenchQuestion) => readonly string[] | undefined {
  if (references === undefined) return () => undefined;
  const byQuestion = new Map(references.map(({ question_id: id, choices }) => [id, choices[0]!.turns]));
  for (const question of questions.filter(needsReference)) {
    const found = byQuestion.get(question.question_id) ?? [];
    if (found.length < question.turns.length) {
      throw new BezoarError(
        'BAD_INPUT',
        `The reference answers have ${found.length} turns for question ${question.question_id} (${question.category}), which has ${question.turns.length}.`,
        { advice: 'Take references for all questions of math, reasoning and coding, or none at all.' },
      );
    }
  }
  return (question) => (needsReference(question) ? byQuestion.get(question.question_id) : undefined);
}

/** The turns of a question that are judged, in order. */
export function turnsOf({ turns }: MtBenchQuestion): readonly (1 | 2)[] {
  return turns.length === 1 ? [1] : [1, 2];
}

/** The fields that show a question, by turn. */
export function questionFields({ turns }: MtBenchQuestion, turn: 1 | 2): Readonly<Record<string, string>> {
  return turn === 1 ? { question: turns[0]! } : { question_1: turns[0]!, question_2: turns[1]! };
}

/** The fields that show an answer, by turn. `of`: `answer`, `answer_a`, `answer_b`. */
export function answerFields(
  of: string,
  turns: readonly string[],
  turn: 1 | 2,
): Readonly<Record<string, string>> {
  return turn === 1 ? { [of]: turns[0]! } : { [`${of}_1`]: turns[0]!, [`${of}_2`]: turns[1]! };
}
