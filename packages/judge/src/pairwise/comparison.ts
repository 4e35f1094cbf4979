import type { JsonProblem } from '@bezoar/llm';

export type Winner = 'a' | 'b' | 'tie';

/** One look at a pair, in one order. */
export interface Game {
  /** Null: there is no verdict. It is nobody's win, and no tie. */
  readonly winner: Winner | null;
  /** The judge's words, or why there is no verdict. */
  readonly reason: string;
  /** Why there is no verdict. */
  readonly problem?: JsonProblem;
}

/** A pair, judged in both orders. */
export interface Comparison {
  readonly id: string;
  /** `a` shown first, then `b` shown first. */
  readonly games: readonly [Game, Game];
  /** Null when a game has no verdict. */
  readonly winner: Winner | null;
}

/** A judge that changes its mind with the order has no preference: a tie. One game alone decides nothing. */
export function combineGames([first, second]: readonly [Winner | null, Winner | null]): Winner | null {
  if (first === null || second === null) return null;
  return first === second ? first : 'tie';
}
