import { hashText, preferencePairSchema, type PreferencePair } from '@bezoar/core';
import { z } from 'zod';
import { turnsSchema, type TrainingTurn } from '../training-rows/turns.ts';

/** A row of Anthropic/hh-rlhf: two whole transcripts. */
export interface HhRlhfRow {
  readonly chosen: string;
  readonly rejected: string;
}

export type HhProblem = 'no-assistant-turn' | 'prompts-differ' | 'empty-completion' | 'same-completion';

const marker = '\n\nAssistant:';

/**
 * The prompt is the chosen transcript up to and including its last "\n\nAssistant:"; the completions are what follows in
 * both (Mitchell's reference code for DPO). A row that cannot be split so gives a reason instead.
 */
export function parseHhRlhf({ chosen, rejected }: HhRlhfRow): PreferencePair | HhProblem {
  const end = chosen.lastIndexOf(marker);
  if (end < 0) return 'no-assistant-turn';
  const prompt = chosen.slice(0, end + marker.length);
  if (!rejected.startsWith(prompt)) return 'prompts-differ';
  const pair = { prompt, chosen: chosen.slice(prompt.length), rejected: rejected.slice(prompt.length) };
  if (pair.chosen.trim() === '' || pair.rejected.trim() === '') return 'empty-completion';
  if (pair.chosen === pair.rejected) return 'same-completion';
  return { id: hashText(`${chosen}\u0000${rejected}`), ...pair, source: 'hh-rlhf' };
}

export type PreferenceRow = ExplicitRow | HhRlhfRow | ConversationRow;

interface ExplicitRow extends HhRlhfRow {
  readonly id?: string | undefined;
  readonly prompt: string;
  readonly rendered?: boolean | undefined;
  readonly source?: string | undefined;
}

/** Two answers to the same turns: what a template is needed for. */
export interface ConversationRow {
  readonly id?: string | undefined;
  readonly turns: readonly TrainingTurn[];
  readonly chosen: string;
  readonly rejected: string;
}

const sides = { chosen: z.string(), rejected: z.string() };
const id = z.string().optional();
const turnSides = { chosen: turnsSchema, rejected: turnsSchema };
const optionalText = z.string().nullish();

/** Explicit: the prompt apart, and the answer as one turn. */
const explicitConversation = z
  .object({ id, prompt: turnsSchema, ...turnSides })
  .transform(({ id: own, prompt, chosen, rejected }) =>
    conversationRow(own, { chosen: [...prompt, ...chosen], rejected: [...prompt, ...rejected] }),
  );

/** Implicit: both sides are whole conversations. A prompt beside them says again what they start with. */
const implicitConversation = z
  .object({ id, ...turnSides })
  .transform(({ id: own, ...both }) => conversationRow(own, both));

const instructionPair = z
  .object({
    id,
    system: optionalText,
    instruction: z.string().optional(),
    question: z.string().optional(),
    ...sides,
  })
  .refine(({ instruction, question }) => (instruction ?? question) !== undefined, 'an instruction is needed')
  .transform(({ id: own, system, instruction, question, chosen, rejected }): ConversationRow => ({
    ...(own === undefined ? {} : { id: own }),
    turns: [
      ...(system == null || system === '' ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: (instruction ?? question)! },
    ],
    chosen,
    rejected,
  }));

/**
 * Rows that preference files hold: `prompt`, `chosen`, `rejected` as texts; the three as messages; `chosen` and `rejected` as whole
 * conversations; `instruction` or `question` with `chosen` and `rejected`; or HH-RLHF transcripts without a prompt.
 */
export const preferenceRowSchema: z.ZodType<PreferenceRow> = z.union([
  z.object({
    ...sides,
    id,
    prompt: z.string(),
    rendered: z.boolean().optional(),
    source: z.string().optional(),
  }),
  explicitConversation,
  implicitConversation,
  instructionPair,
  z.object(sides),
]);

/** Where the two sides part; texts that differ earlier make a row of no turns, which is counted as such. */
function conversationRow(
  own: string | undefined,
  { chosen, rejected }: Readonly<Record<'chosen' | 'rejected', readonly TrainingTurn[]>>,
): ConversationRow {
  const turns = chosen.slice(0, -1);
  const alike =
    chosen.at(-1)?.role === 'assistant' &&
    rejected.at(-1)?.role === 'assistant' &&
    rejected.length === chosen.length &&
    turns.every(
      ({ role, content }, index) => rejected[index]!.role === role && rejected[index]!.content === content,
    );
  return {
    ...(own === undefined ? {} : { id: own }),
    turns: alike ? turns : [],
    chosen: chosen.at(-1)!.content,
    rejected: rejected.at(-1)!.content,
  };
}

export interface PreferencePairs {
  readonly pairs: readonly PreferencePair[];
  /** Count per reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface PairOptions {
  /** Makes texts of turns and an answer: a prompt template. Rows of conversations are dropped without one. */
  readonly renderAnswer?: (
    request: { readonly turns: readonly TrainingTurn[] },
    answer: string,
  ) => { readonly prompt: string; readonly completion: string };
  /** Whether that is a chat template: see `PreferencePair`. */
  readonly rendered?: boolean;
}

/** Pairs of all kinds of rows; rows that are no preference are counted by reason. */
export function toPreferencePairs(
  rows: readonly PreferenceRow[],
  options: PairOptions = {},
): PreferencePairs {
  const pairs: PreferencePair[] = [];
  const dropped: Record<string, number> = {};
  for (const row of rows) {
    const pair = toPair(row, options);
    if (typeof pair === 'string') dropped[pair] = (dropped[pair] ?? 0) + 1;
    else pairs.push(pair);
  }
  return { pairs, dropped };
}

type Problem = HhProblem | 'no-template';

function toPair(row: PreferenceRow, options: PairOptions): PreferencePair | Problem {
  if ('turns' in row) return renderedPair(row, options);
  return 'prompt' in row ? explicitPair(row) : parseHhRlhf(row);
}

function explicitPair(row: ExplicitRow): PreferencePair | Problem {
  if (row.chosen.trim() === '' || row.rejected.trim() === '') return 'empty-completion';
  if (row.chosen === row.rejected) return 'same-completion';
  return preferencePairSchema.parse({
    ...row,
    id: row.id ?? hashText(`${row.prompt}\u0000${row.chosen}\u0000${row.rejected}`),
  });
}

function renderedPair(
  row: ConversationRow,
  { renderAnswer, rendered }: PairOptions,
): PreferencePair | Problem {
  if (renderAnswer === undefined) return 'no-template';
  if (row.turns.length === 0) return 'prompts-differ';
  if (row.chosen.trim() === '' || row.rejected.trim() === '') return 'empty-completion';
  if (row.chosen === row.rejected) return 'same-completion';
  const chosen = renderAnswer(row, row.chosen);
  return explicitPair({
    ...(row.id === undefined ? {} : { id: row.id }),
    prompt: chosen.prompt,
    chosen: chosen.completion,
    rejected: renderAnswer(row, row.rejected).completion,
    ...(rendered === true ? { rendered } : {}),
  });
}
