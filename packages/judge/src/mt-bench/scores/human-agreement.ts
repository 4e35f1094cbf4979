import { z } from 'zod';
import { cohenKappa, type PairAgreement } from '../../agreement/cohen-kappa.ts';
import { krippendorffAlpha } from '../../agreement/krippendorff-alpha.ts';
import { dropRepeats, isMissing, type PairJudgment, type SingleJudgment } from '../files/judgment.ts';
import { pairWinner } from './pair-table.ts';

/** A row of `lmsys/mt_bench_human_judgments`. */
export interface HumanVote {
  readonly question_id: number;
  readonly model_a: string;
  readonly model_b: string;
  /** Every kind of tie is one. */
  readonly winner: 'model_a' | 'model_b' | 'tie';
  /** Who voted. */
  readonly judge: string;
  readonly turn: number;
}

/** A row of `lmsys/mt_bench_human_judgments`. */
export const humanVoteSchema: z.ZodType<HumanVote> = z.object({
  question_id: z.number().int(),
  model_a: z.string(),
  model_b: z.string(),
  winner: z.preprocess(
    (value) => (typeof value === 'string' && value.includes('tie') ? 'tie' : value),
    z.enum(['model_a', 'model_b', 'tie']),
  ),
  judge: z.string(),
  turn: z.number().int(),
});

export interface HumanAgreementOptions {
  /** Of one judge: verdicts on pairs, or scores, of which the higher one wins. */
  readonly judgments: readonly (PairJudgment | SingleJudgment)[];
  readonly votes: readonly HumanVote[];
  /** Scores that differ by no more are a tie; 0.1 by default, as in FastChat. */
  readonly tieMargin?: number;
}

export interface TurnAgreement {
  /** Of the judge with every person's vote on the same pair. */
  readonly withTies: PairAgreement;
  /** The same without pairs that either calls a tie. */
  readonly withoutTies: PairAgreement;
  /** Of people with each other. */
  readonly amongHumans: PairAgreement;
  /** Krippendorff's α (nominal) of the judge and all people. */
  readonly alpha: number;
}

export interface HumanAgreement {
  readonly turns: readonly [first: TurnAgreement, second: TurnAgreement];
  readonly all: TurnAgreement;
}

/** How far a judge agrees with people, by turn, as in the paper on MT-Bench (arXiv 2306.05685, table 5), and beyond chance. */
export function humanAgreement({ judgments, votes, tieMargin = 0.1 }: HumanAgreementOptions): HumanAgreement {
  const verdictOf = verdictLookup(judgments, tieMargin);
  const items = [...Map.groupBy(votes, (vote) => pairKey(vote, [vote.model_a, vote.model_b])).values()].map(
    (group): VotedPair => {
      const [{ question_id: id, turn, model_a: a, model_b: b }] = group as [HumanVote];
      return { turn, judge: verdictOf({ question_id: id, turn }, [a, b]), humans: group.map(voteLabel) };
    },
  );
  const ofTurn = (turn: number): TurnAgreement => turnAgreement(items.filter((item) => item.turn === turn));
  return { turns: [ofTurn(1), ofTurn(2)], all: turnAgreement(items) };
}

/** `a` is the model whose name comes first in the alphabet. */
type Label = 'a' | 'b' | 'tie';

interface VotedPair {
  readonly turn: number;
  /** Null without a verdict. */
  readonly judge: Label | null;
  readonly humans: readonly Label[];
}

function turnAgreement(items: readonly VotedPair[]): TurnAgreement {
  const judged = items.filter((item): item is VotedPair & { judge: Label } => item.judge !== null);
  const pairs = judged.flatMap(({ judge, humans }) => humans.map((human) => [judge, human] as const));
  const among = items.flatMap(({ humans }) =>
    humans.flatMap((first, index) => humans.slice(index + 1).map((second) => [first, second] as const)),
  );
  return {
    withTies: cohenKappa(pairs),
    withoutTies: cohenKappa(pairs.filter((pair) => !pair.includes('tie'))),
    amongHumans: cohenKappa(among),
    alpha: krippendorffAlpha(
      judged.map(({ judge, humans }) => [judge, ...humans]),
      { level: 'nominal' },
    ),
  };
}

interface Place {
  readonly question_id: number;
  readonly turn: number;
}

type Models = readonly [first: string, second: string];

/** The same for both orders of the models. */
function pairKey({ question_id: id, turn }: Place, models: Models): string {
  return JSON.stringify([id, turn, ...models.toSorted()]);
}

/** A winner by its place, under its label. */
function labelOf(winner: 0 | 1 | 'tie', [first, second]: Models): Label {
  if (winner === 'tie') return 'tie';
  return (winner === 0) === first < second ? 'a' : 'b';
}

function voteLabel({ winner, model_a: a, model_b: b }: HumanVote): Label {
  return labelOf(winner === 'tie' ? 'tie' : winner === 'model_a' ? 0 : 1, [a, b]);
}

type VerdictLookup = (place: Place, models: Models) => Label | null;

function verdictLookup(judgments: HumanAgreementOptions['judgments'], tieMargin: number): VerdictLookup {
  const lines = dropRepeats(judgments).judgments.filter((line) => !isMissing(line));
  const pairs = new Map<string, Label>();
  const scores = new Map<string, number>();
  const scoreKey = ({ question_id: id, turn }: Place, model: string): string =>
    JSON.stringify([id, turn, model]);
  for (const line of lines) {
    if ('score' in line) {
      scores.set(scoreKey(line, line.model), line.score);
      continue;
    }
    const models: Models = [line.model_1, line.model_2];
    const winner = pairWinner(line);
    pairs.set(
      pairKey(line, models),
      labelOf(winner === 'tie' ? 'tie' : winner === 'model_1' ? 0 : 1, models),
    );
  }
  return (place, models) => {
    const known = pairs.get(pairKey(place, models));
    if (known !== undefined) return known;
    const [a, b] = models.map((model) => scores.get(scoreKey(place, model)));
    if (a === undefined || b === undefined) return null;
    return labelOf(Math.abs(a - b) <= tieMargin ? 'tie' : a > b ? 0 : 1, models);
  };
}
