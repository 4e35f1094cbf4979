import type { Stage } from '../recipe/recipe.ts';
import type { Assumptions } from './assumptions.ts';
import type { RunSoFar } from './run-so-far.ts';

/** One way in which a run may go: it decides everything that nobody knows before. */
export interface Scenario {
  readonly bound: 'least' | 'expected' | 'most';
  /** The least of it, what is expected, or the most. */
  either(least: number, expected: number, most: number): number;
  /** Share of its rows that a stage keeps. */
  keep(stage: Stage): number;
  /** Tokens of a prompt with so many characters, in so many messages. */
  promptTokens(characters: number, messages?: number): number;
  /** Characters of an instruction: as measured, or where nothing was (NaN), as assumed. */
  instruction(measured: number): number;
  /** Characters of a text with so many tokens. */
  characters(tokens: number): number;
  /** Tokens of an answer: `own` where a better guess than the general one is known. */
  answerTokens(options: { readonly limit?: number | undefined; readonly own?: number | undefined }): number;
  verdictTokens(): number;
  /** Tokens that a local model could read while it writes one. */
  writeCost(): number;
  /** Mean tokens of a call of this stage, where the run folder knows them. */
  callTokens(id: string): ReturnType<RunSoFar['callTokens']>;
  /** Tokens of a row to train on of which nothing is known. */
  rowTokens(limit: number): number;
}

/** What a budget allows an answer whose request names no limit. */
const answerLimit = 4096;
/** What a budget sets aside for the frame of a message. */
const messageTokens = 16;

const textAssumptions = ['charactersPerToken', 'promptTokens', 'responseTokens', 'verdictTokens'] as const;

/**
 * Fewest rows and shortest texts; what is expected; every row kept, every call made, every answer as long as it may be, every byte a
 * token. A number that is the same in all three is exact.
 */
export function scenarios(assumptions: Assumptions, soFar: RunSoFar): readonly Scenario[] {
  // Whoever says how long texts are knows better than the calls so far.
  const isGiven = textAssumptions.some((name) => assumptions.given(name) !== undefined);
  return [
    {
      bound: 'least',
      either: (least) => least,
      keep: () => 0,
      promptTokens: () => 0,
      instruction: () => 0,
      characters: () => 0,
      answerTokens: () => 0,
      verdictTokens: () => 0,
      writeCost: () => 0,
      callTokens: () => undefined,
      rowTokens: () => 0,
    },
    {
      bound: 'expected',
      either: (_, expected) => expected,
      keep: ({ kind }) => assumptions.given('keep') ?? soFar.keep(kind) ?? assumptions.take('keep'),
      promptTokens: (characters) => characters / assumptions.take('charactersPerToken'),
      instruction: (measured) =>
        Number.isNaN(measured)
          ? assumptions.take('promptTokens') * assumptions.take('charactersPerToken')
          : measured,
      characters: (tokens) => tokens * assumptions.take('charactersPerToken'),
      answerTokens: ({ limit = answerLimit, own }) =>
        Math.min(limit, assumptions.given('responseTokens') ?? own ?? assumptions.take('responseTokens')),
      verdictTokens: () => assumptions.take('verdictTokens'),
      writeCost: () => assumptions.take('writeCost'),
      callTokens: (id) => (isGiven ? undefined : soFar.callTokens(id)),
      rowTokens: (limit) => Math.min(limit, assumptions.take('rowTokens')),
    },
    {
      bound: 'most',
      either: (_, __, most) => most,
      keep: () => 1,
      promptTokens: (characters, messages = 1) => characters + messageTokens * (messages + 1),
      // Of what nobody has seen there is no most.
      instruction: (measured) => measured,
      // A token of a byte-level tokenizer is a character or more in most texts; four are usual.
      characters: (tokens) => 4 * tokens,
      answerTokens: ({ limit = answerLimit }) => limit,
      verdictTokens: () => answerLimit,
      writeCost: () => NaN,
      callTokens: () => undefined,
      rowTokens: (limit) => limit,
    },
  ];
}
