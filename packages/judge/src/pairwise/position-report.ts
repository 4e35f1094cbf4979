import type { Winner } from './comparison.ts';

/** How a judge's verdicts hang on the order in which it sees the answers. */
export interface PositionReport {
  readonly comparisons: number;
  /** Comparisons with a verdict in both orders: all that follows is about them. */
  readonly judged: number;
  /** The same verdict in both orders. */
  readonly consistent: number;
  /** Share of `judged`; NaN when there are none. */
  readonly consistencyRate: number;
  /** Both times for whatever stood first, and for whatever stood second. */
  readonly forFirst: number;
  readonly forSecond: number;
  /** A winner in one order, a tie in the other. */
  readonly halfTies: number;
  /** Share of games with a winner that the answer shown first won: 0.5 for a judge without position bias. */
  readonly firstWinRate: number;
  /** Two-sided sign test of `forFirst` against `forSecond`: small when the judge leans to a side. 1 without such comparisons. */
  readonly pValue: number;
}

/** Winners of both games: `a` shown first, then `b` shown first. */
export function positionReport(games: readonly (readonly [Winner | null, Winner | null])[]): PositionReport {
  const judged = games.filter((pair) => pair.every((winner) => winner !== null));
  const count = (test: (first: Winner | null, second: Winner | null) => boolean): number =>
    judged.filter(([first, second]) => test(first, second)).length;
  const consistent = count((first, second) => first === second);
  const forFirst = count((first, second) => first === 'a' && second === 'b');
  const forSecond = count((first, second) => first === 'b' && second === 'a');
  const wins = count((first) => first === 'a') + count((_, second) => second === 'b');
  const losses = count((first) => first === 'b') + count((_, second) => second === 'a');
  return {
    comparisons: games.length,
    judged: judged.length,
    consistent,
    consistencyRate: consistent / judged.length,
    forFirst,
    forSecond,
    halfTies: judged.length - consistent - forFirst - forSecond,
    firstWinRate: wins / (wins + losses),
    pValue: signTest(forFirst, forSecond),
  };
}

/** Exact, two-sided: how often fair coins split as unevenly as this, or more. */
function signTest(a: number, b: number): number {
  const tosses = a + b;
  // log C(n, k) − n log 2, by steps: no factorial overflows.
  let logChance = -tosses * Math.LN2;
  let tail = 0;
  for (let heads = 0; heads <= Math.min(a, b); heads++) {
    tail += Math.exp(logChance);
    logChance += Math.log(tosses - heads) - Math.log(heads + 1);
  }
  return Math.min(1, 2 * tail);
}
