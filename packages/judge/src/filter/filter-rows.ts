import {
  BezoarError,
  createFunnel,
  type DroppedRow,
  type InstructionRow,
  type Judgment,
  type RunEvent,
} from '@bezoar/core';
import {
  createRejectionWatch,
  mapConcurrent,
  type ChatModel,
  type JsonProblem,
  type RejectionWatch,
} from '@bezoar/llm';
import { judgeAgreement, type JudgeAgreement } from '../agreement/judge-agreement.ts';
import { rateAnswer } from '../rubric/rate-answer.ts';
import { defaultRubric, type Rubric } from '../rubric/rubric.ts';

/** A model that judges, and the name that its verdicts carry. */
export interface Judge {
  /** Names the columns of its verdicts: `gpt4`, `llama2`, … */
  readonly name: string;
  readonly model: ChatModel;
}

export interface FilterOptions {
  readonly rows: readonly InstructionRow[];
  readonly judges: readonly Judge[];
  readonly rubric?: Rubric;
  /** A row is kept when its deciding judges accept it and rate it at least this. 6 of 10 by default. */
  readonly threshold?: number;
  /** Who decides: the first judge, or all of them, or more than half. `first` by default; the others are recorded. */
  readonly decide?: 'first' | 'all' | 'majority';
  readonly concurrency?: number;
  readonly stage?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface FilterResult {
  /** With every judge's verdict. */
  readonly rows: readonly InstructionRow[];
  readonly dropped: readonly DroppedRow[];
  readonly funnel: ReturnType<typeof createFunnel>;
  /** For every pair of judges. */
  readonly agreement: readonly JudgeAgreement[];
}

/**
 * Models as human proxies: each judge gives every row a status, a rating and a reason. A call that gives no verdict, after
 * one repair turn, is the verdict `error`: such a row is not kept, and counted under its own reason. Reasons:
 * `rejected-by-judge`, `below-threshold`, `judge-unreadable`; of the judge's call `rejected-by-provider`, `refused`,
 * `truncated`.
 */
export async function* filterRows(options: FilterOptions): AsyncGenerator<RunEvent, FilterResult> {
  const { rows: input, judges, rubric = defaultRubric, stage = 'filter', concurrency = 8, signal } = options;
  checkOptions(options, rubric);
  const rows: InstructionRow[] = [];
  const dropped: DroppedRow[] = [];
  const rejections = createRejectionWatch();
  for await (const { row, votes } of mapConcurrent(
    input,
    (each) => judgeRow(each, judges, { rubric, rejections, signal }),
    { concurrency, signal },
  )) {
    const judgments = votes.map(({ judgment }) => judgment);
    // A judge's new verdict takes the place of its old one.
    const others = (row.judgments ?? []).filter(({ judge }) => !judges.some(({ name }) => name === judge));
    const judged = { ...row, judgments: [...others, ...judgments] };
    const problem = decide(votes, options);
    if (problem === undefined) rows.push(judged);
    else dropped.push({ id: row.id, stage, ...problem, row: judged });
    yield { type: 'progress', stage, done: rows.length + dropped.length, total: input.length };
  }
  rejections.finish();
  const funnel = createFunnel(stage, rows.length, dropped);
  yield { type: 'funnel', stage, funnel };
  const everything = [...rows, ...dropped.map(({ row }) => row as InstructionRow)].map(
    ({ judgments }) => judgments ?? [],
  );
  return {
    rows,
    dropped,
    funnel,
    agreement: judgeAgreement(
      everything,
      judges.map(({ name }) => name),
    ),
  };
}

interface JudgeContext {
  readonly rubric: Rubric;
  readonly rejections: RejectionWatch;
  readonly signal: AbortSignal | undefined;
}

interface Vote {
  readonly judgment: Judgment;
  /** Why the judgment is an error. */
  readonly failure?: JsonProblem;
}

async function judgeRow(
  row: InstructionRow,
  judges: readonly Judge[],
  { rubric, rejections, signal }: JudgeContext,
): Promise<{ row: InstructionRow; votes: Vote[] }> {
  const votes: Vote[] = [];
  for (const { name, model } of judges) {
    const reply = await rateAnswer(model, row, { rubric, rejections, signal });
    votes.push(reply.ok ? { judgment: { judge: name, ...reply.value } } : failed(name, reply));
  }
  return { row, votes };
}

function failed(
  judge: string,
  { code, reason }: { readonly code: JsonProblem; readonly reason: string },
): Vote {
  const words = `${unreadable.includes(code) ? 'unreadable reply' : 'no verdict'}: ${reason}`;
  return { judgment: { judge, status: 'error', rating: null, reason: words }, failure: code };
}

interface Problem {
  readonly reason: string;
  readonly detail: string;
}

function decide(
  votes: readonly Vote[],
  { threshold = 6, decide: rule = 'first' }: FilterOptions,
): Problem | undefined {
  const problems = votes.map((vote) => problemOf(vote, threshold));
  if (rule === 'first') return problems[0];
  const found = problems.filter((problem) => problem !== undefined);
  return found.length > (rule === 'all' ? 0 : (votes.length - 1) / 2) ? found[0] : undefined;
}

/** A reply came, and no verdict could be read from it. */
const unreadable: readonly JsonProblem[] = ['no-json', 'ambiguous', 'wrong-schema'];

function problemOf({ judgment, failure }: Vote, threshold: number): Problem | undefined {
  const { judge, status, rating, reason } = judgment;
  if (failure !== undefined) {
    const code = unreadable.includes(failure) ? 'judge-unreadable' : failure;
    return { reason: code, detail: `${judge}: ${reason}` };
  }
  if (status === 'reject') return { reason: 'rejected-by-judge', detail: reason };
  if (rating === null || rating < threshold)
    return { reason: 'below-threshold', detail: `${rating ?? 'no rating'}: ${reason}` };
  return undefined;
}

function checkOptions({ rows, judges, threshold = 6 }: FilterOptions, { scale: [low, high] }: Rubric): void {
  if (rows.length === 0) throw new BezoarError('EMPTY_DATASET', 'There are no rows to filter.');
  if (judges.length === 0) throw new BezoarError('BAD_CONFIG', 'The filter has no judge.');
  if (new Set(judges.map(({ name }) => name)).size < judges.length)
    throw new BezoarError('BAD_CONFIG', 'Two judges have the same name.');
  if (threshold < low || threshold > high) {
    throw new BezoarError(
      'BAD_CONFIG',
      `The threshold ${threshold} is outside of the scale from ${low} to ${high}.`,
    );
  }
}
