import { BezoarError } from '@bezoar/core';
import {
  checkQuestions,
  defaultJudgePrompts,
  fastChatPromptSet,
  findJudgeSettings,
  humanVoteSchema,
  judgePromptSchema,
  knownMtBenchFile,
  mtBenchAnswerSchema,
  mtBenchQuestionSchema,
  pairJudgmentSchema,
  singleJudgmentSchema,
  type HumanVote,
  type JudgeSettings,
  type KnownFile,
  type MtBenchAnswer,
  type MtBenchQuestion,
  type PairJudgment,
  type PromptSet,
  type SingleJudgment,
} from '@bezoar/judge';
import { basename } from 'node:path';
import type { z } from 'zod';
import type { MtBenchStage } from '../recipe/recipe.ts';
import { hashFile } from '../run/content-hash.ts';
import { readRows } from './rows.ts';

/** All files of an MT-Bench stage, read and checked. */
export interface MtBenchInputs {
  readonly questions: readonly MtBenchQuestion[];
  readonly answers: readonly MtBenchAnswer[];
  readonly settings: JudgeSettings;
  readonly prompts: PromptSet;
  readonly references: readonly MtBenchAnswer[] | undefined;
  readonly single: readonly SingleJudgment[] | undefined;
  readonly pairs: readonly PairJudgment[] | undefined;
  readonly votes: readonly HumanVote[] | undefined;
  /** Which versions of the official files these are, for the report. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** Throws BezoarError NOT_FOUND, BAD_FILE, BAD_INPUT, BAD_CONFIG or EMPTY_DATASET. */
export async function readMtBenchInputs(
  stage: MtBenchStage,
  files: (reference: string) => readonly string[],
): Promise<MtBenchInputs> {
  const { mode = 'single' } = stage;
  checkStage(stage);
  const read = async <Schema extends z.ZodType>(
    reference: string | undefined,
    schema: Schema,
  ): Promise<z.output<Schema>[] | undefined> =>
    reference === undefined ? undefined : readRows(files(reference), schema);
  const describe = async (reference: string, kind: KnownFile['kind']): Promise<FileVersion> =>
    fileVersion(files(reference), kind);

  const all = (await read(stage.questions, mtBenchQuestionSchema))!;
  checkQuestions(all);
  const questions = all.slice(0, stage.limit);
  const answers: MtBenchAnswer[] = [];
  for (const reference of stage.answers ?? []) answers.push(...(await read(reference, mtBenchAnswerSchema))!);
  checkNames(stage, answers);
  const promptVersion = stage.prompts === undefined ? undefined : await describe(stage.prompts, 'prompts');
  const promptRows = await read(stage.prompts, judgePromptSchema);
  const referenceVersion =
    stage.references === undefined ? undefined : await describe(stage.references, 'references');
  const asked = new Set(questions.map(({ question_id: id }) => id));
  const prompts =
    promptRows === undefined ? defaultJudgePrompts : fastChatPromptSet(promptVersion!.name, promptRows);
  const settings = findJudgeSettings(stage.settings ?? 'strict-1');
  const doubtful = (referenceVersion?.doubtful ?? []).filter((id) => asked.has(id));
  return {
    questions,
    answers: answers.filter(({ question_id: id }) => asked.has(id)),
    settings,
    prompts,
    references: await read(stage.references, mtBenchAnswerSchema),
    single: mode === 'single' ? await read(stage.judgments, singleJudgmentSchema) : undefined,
    pairs: mode === 'single' ? undefined : await read(stage.judgments, pairJudgmentSchema),
    votes: await read(stage.humanVotes, humanVoteSchema),
    notes: [
      `questions: ${(await describe(stage.questions, 'questions')).name}, ${questions.length} of ${all.length}`,
      ...(stage.judge === undefined
        ? []
        : [
            `prompts: ${prompts.name}`,
            `settings: ${settings.name} (temperature ${settings.temperature}, ${settings.maxTokens} tokens, verdicts read ${settings.reading === 'strict' ? 'strictly' : 'as FastChat reads them'})`,
            `references: ${referenceVersion?.name ?? 'none, so that math, reasoning and coding are judged like the rest'}`,
          ]),
    ],
    warnings:
      doubtful.length === 0
        ? []
        : [
            `of the references ${referenceVersion!.name} these are known to be wrong in a turn: ${doubtful.join(', ')}`,
          ],
  };
}

/** Throws BezoarError BAD_CONFIG for settings that do not go together. */
function checkStage(stage: MtBenchStage): void {
  const {
    models = [],
    served = [],
    answers = [],
    judge,
    judgments,
    prompts,
    references,
    mode,
    baseline,
  } = stage;
  const refuse = (message: string, advice: string): never => {
    throw new BezoarError('BAD_CONFIG', `MT-Bench: ${message}.`, { advice });
  };
  if (models.length + served.length + answers.length === 0 && judgments === undefined)
    refuse('there is nothing to judge', 'Give a model, answers or judgments.');
  if (judge !== undefined && judgments !== undefined)
    refuse('there are a judge and judgments', 'Give one of them, not both.');
  if (judge === undefined && (stage.settings ?? prompts ?? references) !== undefined)
    refuse('settings, prompts and references are for a judge, and there is none', 'Give a judge.');
  if ((mode === 'pairwise-baseline') !== (baseline !== undefined))
    refuse('a baseline belongs to the mode pairwise-baseline, which needs one', 'Give both or neither.');
  const { name, reading } = findJudgeSettings(stage.settings ?? 'strict-1');
  if (reading === 'fastchat' && prompts === undefined)
    refuse(
      `the settings ${name} read replies to FastChat's prompts`,
      'Give its judge_prompts.jsonl as prompts.',
    );
}

type FileVersion = Pick<KnownFile, 'name' | 'doubtful'>;

/** A known file by its name; another one by its own and the beginning of its SHA-256. */
async function fileVersion(paths: readonly string[], kind: KnownFile['kind']): Promise<FileVersion> {
  const [path] = paths as [string];
  const sha256 = await hashFile(path);
  const known = knownMtBenchFile(sha256);
  return known?.kind === kind ? known : { name: `${basename(path)} (sha256 ${sha256.slice(0, 12)}…)` };
}

/** Answers go by the name of their model. */
function checkNames(
  { models = [], served = [], names = {} }: MtBenchStage,
  answers: readonly MtBenchAnswer[],
): void {
  const own = [...models.map((model) => names[model] ?? model), ...served];
  const given = new Set(answers.map(({ model_id: model }) => model));
  const twice = own.find((name, index) => own.indexOf(name) < index || given.has(name));
  if (twice === undefined) return;
  throw new BezoarError('BAD_CONFIG', `Two models are called ${twice}.`, {
    advice: 'Give one of them another name.',
  });
}
