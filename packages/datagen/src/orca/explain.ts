import {
  BezoarError,
  createRng,
  hashText,
  type Funnel,
  type InstructionRow,
  type Rng,
  type RunEvent,
} from '@bezoar/core';
import {
  completeText,
  createRejectionWatch,
  mapConcurrent,
  type ChatModel,
  type RejectionWatch,
  type TextReply,
} from '@bezoar/llm';
import type { GenerationResult } from '../generation-result.ts';
import { schemeJob, schemeRows, type SchemeListeners, type SchemeStep } from '../scheme.ts';
import { agreesWithTarget } from './agrees-with-target.ts';
import { drawRows, type FlanRows } from './draw-rows.ts';
import { collectionOf, isMultipleChoice, type FlanRow } from './flan-row.ts';
import {
  messagePools,
  multipleChoiceMessages,
  systemMessages,
  type FlanCollection,
} from './system-messages.ts';

export interface ExplainOptions {
  readonly model: ChatModel;
  readonly rows: FlanRows;
  /** Rows drawn; all of them by default. */
  readonly count?: number;
  /** Relative share of each sub-collection in the draw; in proportion to its rows by default. */
  readonly shares?: Partial<Readonly<Record<FlanCollection, number>>>;
  /** Drop answers that do not hold the gold target; otherwise agreement is only recorded. */
  readonly requireAgreement?: boolean;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly concurrency?: number;
  readonly seed?: number;
  readonly stage?: string;
  readonly signal?: AbortSignal | undefined;
}

interface Task {
  readonly row: FlanRow;
  readonly collection: FlanCollection;
  readonly system: string;
}

/**
 * Orca (Mukherjee et al. 2023): tasks of the FLAN collection, answered by the teacher under a system message that asks for
 * an explanation. The message becomes the row's system text, the gold target its reference. Reasons: `duplicate` (its inputs
 * were drawn before), `empty-response`, `disagrees-with-reference`, and those of a call that gives no text (`TextProblem`).
 *
 * Yields the rows as they are accepted; returns their count and that of every reason. Throws BezoarError EMPTY_DATASET,
 * BAD_CONFIG, INTERRUPTED, and what the model throws.
 */
export function orca(options: ExplainOptions & SchemeListeners): AsyncGenerator<InstructionRow, Funnel> {
  return schemeRows(options.stage ?? 'orca', orcaSteps(options), options);
}

/** The same as a job: events on the way, all rows and dropped rows at the end. */
export function explainWithOrca(options: ExplainOptions): AsyncGenerator<RunEvent, GenerationResult> {
  return schemeJob(options.stage ?? 'orca', orcaSteps(options));
}

async function* orcaSteps(options: ExplainOptions): AsyncGenerator<SchemeStep> {
  const { stage = 'orca', concurrency = 8, signal } = options;
  checkShares(options.shares);
  const rng = createRng(options.seed ?? 0).fork('orca');
  const drawn = await drawRows(options, rng);
  if (drawn.length === 0)
    throw new BezoarError('EMPTY_DATASET', 'Orca has no FLAN rows.', {
      advice: 'Give rows with inputs and targets.',
    });
  const tasks = drawn.map((row) => ({
    row,
    collection: collectionOf(row),
    system: drawSystem(row, rng),
  }));
  let done = 0;
  const rejections = createRejectionWatch();
  const repeats = findRepeats(tasks);
  const work = async (task: Task): Promise<{ task: Task; reply: TextReply | undefined }> => ({
    task,
    reply: repeats.has(task) ? undefined : await answer(options, { task, rejections }),
  });
  for await (const { task, reply } of mapConcurrent(tasks, work, { concurrency, signal })) {
    const row = toRow(task, reply?.text.trim() ?? '');
    const problem =
      reply === undefined
        ? { reason: 'duplicate' }
        : problemOf(reply, { row, requireAgreement: options.requireAgreement ?? false });
    if (problem === undefined) yield { type: 'row', row };
    else yield { type: 'dropped', dropped: { id: row.id, stage, ...problem, row } };
    yield { type: 'progress', stage, done: ++done, total: tasks.length };
  }
  rejections.finish();
}

/** FLAN has the same inputs in several templates and tasks: the first of them that is drawn is asked. */
function findRepeats(tasks: readonly Task[]): ReadonlySet<Task> {
  const seen = new Set<string>();
  const repeats = new Set<Task>();
  for (const task of tasks) {
    if (seen.has(task.row.inputs)) repeats.add(task);
    seen.add(task.row.inputs);
  }
  return repeats;
}

function checkShares(shares: ExplainOptions['shares']): void {
  if (shares === undefined) return;
  const values = Object.values(shares);
  if (values.some((share) => !(share >= 0)) || values.every((share) => share === 0))
    throw new BezoarError(
      'BAD_CONFIG',
      'The shares of the sub-collections must be 0 or more, and not all 0.',
    );
}

function drawSystem(row: FlanRow, rng: Rng): string {
  const collection = collectionOf(row);
  const extra = collection === 'flan2021' && isMultipleChoice(row) ? multipleChoiceMessages : [];
  return systemMessages[rng.pick([...messagePools[collection], ...extra])]!;
}

function answer(
  { model, temperature = 0.8, maxTokens, signal }: ExplainOptions,
  { task, rejections }: { readonly task: Task; readonly rejections: RejectionWatch },
): Promise<TextReply> {
  const system = task.system === '' ? [] : [{ role: 'system' as const, content: task.system }];
  return completeText(
    model,
    {
      messages: [...system, { role: 'user', content: task.row.inputs }],
      temperature,
      ...(maxTokens === undefined ? {} : { maxTokens }),
    },
    { rejections, signal },
  );
}

function problemOf(
  reply: TextReply,
  { row, requireAgreement }: { readonly row: InstructionRow; readonly requireAgreement: boolean },
): { readonly reason: string; readonly detail?: string } | undefined {
  if (!reply.ok) return { reason: reply.code, detail: reply.reason };
  if (row.response === '') return { reason: 'empty-response' };
  return requireAgreement && row.agreesWithReference !== true
    ? { reason: 'disagrees-with-reference', detail: `wanted: ${row.reference}` }
    : undefined;
}

function toRow({ row, collection, system }: Task, response: string): InstructionRow {
  return {
    id: hashText(`orca\u0000${row.inputs}`),
    // An empty message is a choice of Orca's; the training template then falls back to its default.
    ...(system === '' ? {} : { system }),
    instruction: row.inputs,
    response,
    source: `orca/${collection}`,
    ...(row.task_name === undefined ? {} : { category: row.task_name }),
    reference: row.targets,
    agreesWithReference: agreesWithTarget(response, row.targets),
  };
}
