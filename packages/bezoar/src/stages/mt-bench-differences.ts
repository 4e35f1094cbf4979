import { comparePaired } from '@bezoar/eval';
import { isMissing, type PairJudgment, type SingleJudgment } from '@bezoar/judge';
import type { ScoreDifference } from './eval-scores.ts';
import { adjustPValues } from './find-differences.ts';

const turnsOf = { average: [1, 2], first_turn: [1], second_turn: [2] } as const;

/** How the scores of every model differ from the first one's, on the turns that the judge has graded of both; questions are the clusters. */
export function mtBenchDifferences(
  judgments: readonly (SingleJudgment | PairJudgment)[],
  models: readonly string[],
): ScoreDifference[] {
  const [baseline, ...others] = models;
  if (baseline === undefined) return [];
  const scores = new Map<string, number>();
  const places = new Map<string, { readonly question: number; readonly turn: number }>();
  const key = (model: string, place: string): string => JSON.stringify([model, place]);
  for (const line of judgments) {
    if (!('model' in line) || isMissing(line)) continue;
    const place = `${line.question_id}/${line.turn}`;
    places.set(place, { question: line.question_id, turn: line.turn });
    scores.set(key(line.model, place), line.score);
  }
  const compare = (model: string, [name, turns]: [string, readonly number[]]): ScoreDifference[] => {
    const pairs = [...places].flatMap(([place, { question, turn }]) => {
      const [own, theirs] = [scores.get(key(model, place)), scores.get(key(baseline, place))];
      return own === undefined || theirs === undefined || !turns.includes(turn)
        ? []
        : [{ own, theirs, question: String(question) }];
    });
    if (pairs.length === 0) return [];
    const { difference, stderr, interval, n, pValue } = comparePaired(
      pairs.map(({ own }) => own),
      pairs.map(({ theirs }) => theirs),
      { clusters: pairs.map(({ question }) => question) },
    );
    return [
      {
        ...{ model, baseline, metric: `mt_bench/${name}`, difference, interval, n, pValue },
        ...(Number.isNaN(stderr) ? {} : { stderr }),
        isBetter: difference > 0,
      },
    ];
  };
  return adjustPValues(
    others.flatMap((model) => Object.entries(turnsOf).flatMap((turns) => compare(model, turns))),
  );
}
