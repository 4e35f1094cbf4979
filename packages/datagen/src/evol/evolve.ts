import {
  BezoarError,
  createRng,
  hashText,
  type DroppedRow,
  type Funnel,
  type InstructionRow,
  type Rng,
  type RunEvent,
  type Seed,
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
import { seedId, seedText } from '../parse-seeds.ts';
import { schemeJob, schemeRows, type SchemeListeners, type SchemeStep } from '../scheme.ts';
import { fold } from '../text/fold.ts';
import { defaultWeights, type EvolOperation } from './operations.ts';
import { evolvePrompt, parseEvolved } from './prompts.ts';
import { assistantTalk } from './rules/assistant-talk.ts';
import { leakedScaffold } from './rules/leaked-scaffold.ts';
import { malformed } from './rules/malformed.ts';
import { noInformationGain } from './rules/no-information-gain.ts';
import { onlyStopWords } from './rules/only-stop-words.ts';
import { refusal } from './rules/refusal.ts';
import type { Elimination, EvolCandidate } from './rules/rule.ts';

export interface EvolveOptions {
  /** The teacher: evolves and answers. */
  readonly model: ChatModel;
  readonly seeds: readonly Seed[];
  /** 4 in WizardLM, 1 to 2 in the OpenBezoar authors' code. */
  readonly rounds?: number;
  /** How likely each operation is; equal by default, 0 switches one off. */
  readonly weights?: Partial<Readonly<Record<EvolOperation, number>>>;
  /** Draw an operation for every row (WizardLM), or one for the whole pool in each round (OpenBezoar). `row` by default. */
  readonly choice?: 'row' | 'pool';
  /** Decides whether an evolution gained information; the rule is off without it. */
  readonly judge?: ChatModel;
  readonly equalityTries?: number;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly concurrency?: number;
  readonly seed?: number;
  readonly stage?: string;
  readonly signal?: AbortSignal | undefined;
}

interface PoolEntry {
  readonly id: string;
  readonly text: string;
  readonly category: string | undefined;
}

interface Task {
  readonly parent: PoolEntry;
  readonly operation: EvolOperation;
  readonly round: number;
}

interface Work {
  readonly task: Task;
  readonly rejections: RejectionWatch;
}

type Outcome = { readonly task: Task; readonly instruction: string } & (
  { readonly response: string } | { readonly eliminated: Elimination }
);

/**
 * Evol-Instruct (Xu et al. 2023): in every round each instruction of the pool is evolved and answered. A good evolution is
 * a row and takes its parent's place in the pool; a bad one is dropped with its reason and the parent stays. Reasons:
 * `empty`, `unchanged`, `too-long`, `assistant-talk`, `leaked-scaffold`, `empty-response`, `refusal`, `only-stop-words`,
 * `no-information-gain`, `equality-unreadable`, `duplicate` (of a seed or of an accepted row), and those of a call that
 * gives no text (`TextProblem`).
 *
 * Yields the rows as they are accepted, in the order of the seeds, round by round; returns their count and that of every
 * reason. Throws BezoarError EMPTY_DATASET, BAD_CONFIG, INTERRUPTED, and what the model throws.
 */
export function evolInstruct(
  options: EvolveOptions & SchemeListeners,
): AsyncGenerator<InstructionRow, Funnel> {
  return schemeRows(options.stage ?? 'evol', evolSteps(options), options);
}

/** The same as a job: events on the way, all rows and dropped rows at the end. */
export function evolve(options: EvolveOptions): AsyncGenerator<RunEvent, GenerationResult> {
  return schemeJob(options.stage ?? 'evol', evolSteps(options));
}

async function* evolSteps(options: EvolveOptions): AsyncGenerator<SchemeStep> {
  const { seeds, rounds = 2, stage = 'evol', concurrency = 8, signal } = options;
  const weights = { ...defaultWeights, ...options.weights };
  checkOptions(options, weights);
  const rng = createRng(options.seed ?? 0).fork('evol');
  let pool = seeds.map((seed): PoolEntry => ({
    id: seedId(seed),
    text: seedText(seed),
    category: seed.category,
  }));
  const rejections = createRejectionWatch();
  const known = new Set(pool.map(({ text }) => fold(text)));
  let done = 0;

  for (let round = 1; round <= rounds; round++) {
    const tasks = drawTasks({ pool, round, rng, weights, choice: options.choice ?? 'row' });
    const next: PoolEntry[] = [];
    for await (const evolved of mapConcurrent(tasks, (task) => evolveOne(options, { task, rejections }), {
      concurrency,
      signal,
    })) {
      const outcome = unlessKnown(evolved, known);
      if ('eliminated' in outcome) {
        yield { type: 'dropped', dropped: toDropped(stage, outcome.task, outcome) };
        next.push(outcome.task.parent);
      } else {
        const row = toRow(outcome.task, outcome.instruction, outcome.response);
        yield { type: 'row', row };
        next.push({ id: row.id, text: row.instruction, category: row.category });
      }
      yield { type: 'progress', stage, done: ++done, total: rounds * seeds.length, note: `round ${round}` };
    }
    pool = next;
  }
  rejections.finish();
}

/** Two seeds that are equal, or nearly, may become the same instruction: it is one row. */
function unlessKnown(outcome: Outcome, known: Set<string>): Outcome {
  if ('eliminated' in outcome) return outcome;
  const { task, instruction } = outcome;
  if (known.has(fold(instruction))) return { task, instruction, eliminated: { reason: 'duplicate' } };
  known.add(fold(instruction));
  return outcome;
}

interface DrawScope {
  readonly pool: readonly PoolEntry[];
  readonly round: number;
  readonly rng: Rng;
  readonly weights: Readonly<Record<EvolOperation, number>>;
  readonly choice: 'row' | 'pool';
}

function drawTasks({ pool, round, rng, weights, choice }: DrawScope): Task[] {
  const operations = Object.keys(weights) as EvolOperation[];
  const draw = (): EvolOperation =>
    rng.pickWeighted(
      operations,
      operations.map((operation) => weights[operation]),
    );
  const shared = draw();
  return pool.map((parent) => ({ parent, operation: choice === 'pool' ? shared : draw(), round }));
}

/** Cheap rules first: what they eliminate is never answered or judged. */
async function evolveOne(options: EvolveOptions, { task, rejections }: Work): Promise<Outcome> {
  const { judge, equalityTries, signal } = options;
  const ask = (content: string): Promise<TextReply> => complete(options, { content, task, rejections });
  const evolved = await ask(evolvePrompt(task.operation, task.parent.text));
  if (!evolved.ok) return { task, instruction: '', eliminated: eliminationOf(evolved) };
  const instruction = parseEvolved(evolved.text);
  const draft: EvolCandidate = { parent: task.parent.text, instruction, response: '' };
  const early = malformed(draft) ?? leakedScaffold(draft) ?? assistantTalk(draft);
  if (early !== undefined) return { task, instruction, eliminated: early };

  const answer = await ask(instruction);
  if (!answer.ok) return { task, instruction, eliminated: eliminationOf(answer) };
  const response = answer.text.trim();
  const candidate = { ...draft, response };
  const eliminated =
    (response === '' ? { reason: 'empty-response' } : undefined) ??
    refusal(candidate) ??
    onlyStopWords(candidate) ??
    (judge === undefined
      ? undefined
      : await noInformationGain(candidate, {
          judge,
          rejections,
          signal,
          ...(equalityTries === undefined ? {} : { tries: equalityTries }),
        }));
  return eliminated === undefined ? { task, instruction, response } : { task, instruction, eliminated };
}

function eliminationOf({ code, reason }: TextReply & { readonly ok: false }): Elimination {
  return { reason: code, detail: reason };
}

function complete(
  { model, temperature = 0.8, maxTokens, signal }: EvolveOptions,
  { content, task, rejections }: Work & { readonly content: string },
): Promise<TextReply> {
  const request = {
    messages: [{ role: 'user' as const, content }],
    temperature,
    sampleIndex: task.round,
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
  return completeText(model, request, { rejections, signal });
}

function toRow({ parent, operation, round }: Task, instruction: string, response: string): InstructionRow {
  return {
    id: hashText(`evol\u0000${parent.id}\u0000${round}\u0000${instruction}`),
    instruction,
    response,
    source: `evol/${operation}`,
    ...(parent.category === undefined ? {} : { category: parent.category }),
    lineage: { parentId: parent.id, round, operation },
  };
}

function toDropped(
  stage: string,
  { parent, operation, round }: Task,
  { instruction, eliminated }: { instruction: string; eliminated: Elimination },
): DroppedRow {
  return {
    id: hashText(`evol\u0000${parent.id}\u0000${round}\u0000${instruction}`),
    stage,
    reason: eliminated.reason,
    ...(eliminated.detail === undefined ? {} : { detail: eliminated.detail }),
    row: {
      instruction,
      source: `evol/${operation}`,
      lineage: { parentId: parent.id, round, operation, eliminatedBy: eliminated.reason },
    },
  };
}

function checkOptions(
  { seeds, rounds = 2 }: EvolveOptions,
  weights: Readonly<Record<EvolOperation, number>>,
): void {
  if (seeds.length === 0)
    throw new BezoarError('EMPTY_DATASET', 'Evol-Instruct has no seeds.', {
      advice: 'Give at least a few seed instructions.',
    });
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new BezoarError('BAD_CONFIG', `rounds is ${rounds}; it must be a positive integer.`);
  const values = Object.values(weights);
  if (values.some((weight) => !(weight >= 0)) || values.every((weight) => weight === 0)) {
    throw new BezoarError('BAD_CONFIG', 'The weights of the operations must be 0 or more, and not all 0.');
  }
}
