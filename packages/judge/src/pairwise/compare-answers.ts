import { completeJson, type ChatModel, type RejectionWatch } from '@bezoar/llm';
import { combineGames, type Comparison, type Game } from './comparison.ts';
import { pairMessages, pairVerdictSchema, type AnswerPair } from './pair-prompt.ts';

export interface CompareAnswersOptions {
  readonly criteria?: readonly string[] | undefined;
  /** Makes a rejected request a game without a verdict. Without it, PROVIDER_REJECTED is thrown. */
  readonly rejections?: RejectionWatch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A pairwise judge: which of two answers is better, asked in both orders at temperature 0. */
export async function compareAnswers(
  model: ChatModel,
  pair: AnswerPair,
  options: CompareAnswersOptions = {},
): Promise<Comparison> {
  const games = [
    await playGame(model, { pair, order: ['a', 'b'] }, options),
    await playGame(model, { pair, order: ['b', 'a'] }, options),
  ] as const;
  return { id: pair.id, games, winner: combineGames([games[0].winner, games[1].winner]) };
}

interface PlayedGame {
  readonly pair: AnswerPair;
  readonly order: readonly ['a', 'b'] | readonly ['b', 'a'];
}

async function playGame(
  model: ChatModel,
  { pair, order: [first, second] }: PlayedGame,
  { criteria, rejections, signal }: CompareAnswersOptions,
): Promise<Game> {
  const { instruction, system, reference } = pair;
  const shown = { instruction, system, reference, first: pair[first], second: pair[second] };
  const request = { messages: pairMessages(shown, criteria), temperature: 0 };
  const reply = await completeJson(model, request, { schema: pairVerdictSchema, rejections, signal });
  if (!reply.ok) return { winner: null, reason: reply.reason, problem: reply.code };
  const { winner, reason } = reply.value;
  return { winner: winner === 'tie' ? 'tie' : winner === 'first' ? first : second, reason };
}
