import { createRng, type Rng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { question } from '../../__fixtures__/mt-bench.ts';
import type { PairJudgment, PairWinner, SingleJudgment } from '../files/judgment.ts';
import { humanAgreement, type HumanVote } from './human-agreement.ts';
import { pairReport } from './pair-report.ts';
import { pairTable } from './pair-table.ts';
import { radarPlot } from './radar-plot.ts';
import { singleReport } from './single-report.ts';
import { singleTable } from './single-table.ts';
import { agreementToMarkdown, toMarkdown } from './to-markdown.ts';

const categories = ['writing', 'math', 'coding'];
const questions = Array.from({ length: 12 }, (_, index) => question(81 + index, categories[index % 3]!));
const models = ['alpaca', 'bezoar', 'claude'];
const turns = [1, 2] as const;

type Numbers = readonly [id: number, turn: 1 | 2, score: number];

const single = (model: string, ...[id, turn, score]: Numbers): SingleJudgment => ({
  question_id: id,
  model,
  judge: ['gpt-4', 'single-v1'],
  user_prompt: 'p',
  judgment: score === -1 ? 'no idea' : `[[${score}]]`,
  score,
  turn,
  tstamp: 1,
});

const pair = (
  [first, second]: readonly [string, string],
  [id, turn]: readonly [number, 1 | 2],
  [g1, g2]: readonly [PairWinner, PairWinner],
): PairJudgment => ({
  question_id: id,
  model_1: first,
  model_2: second,
  g1_winner: g1,
  g2_winner: g2,
  judge: ['gpt-4', 'pair-v2'],
  g1_user_prompt: 'p',
  g1_judgment: 'j',
  g2_user_prompt: 'p',
  g2_judgment: 'j',
  turn,
  tstamp: 1,
});

const randomSingles = (rng: Rng): SingleJudgment[] =>
  models.flatMap((model) =>
    questions.flatMap(({ question_id: id }) =>
      turns.map((turn) => single(model, id, turn, rng.next() < 0.15 ? -1 : 1 + rng.int(19) / 2)),
    ),
  );

const randomPairs = (rng: Rng): PairJudgment[] =>
  models.flatMap((first, index) =>
    models.slice(index + 1).flatMap((second) =>
      questions.flatMap(({ question_id: id }) =>
        turns.map((turn) => {
          const winner = (): PairWinner =>
            rng.pick(['model_1', 'model_1', 'model_2', 'tie', 'error'] as const);
          return pair([first, second], [id, turn], [winner(), winner()]);
        }),
      ),
    ),
  );

describe('the tables of show_result', () => {
  it('are the means of a data frame without its rows of −1, row for row', () => {
    const lines = randomSingles(createRng('single'));
    // One loop over the rows for each number, as one would check it by hand.
    for (const row of singleTable([...lines, lines[0]!])) {
      const sums = { firstTurn: [0, 0], secondTurn: [0, 0], average: [0, 0] };
      for (const { model, score, turn } of [...lines, lines[0]!]) {
        if (model !== row.model || score === -1) continue;
        for (const key of ['average', turn === 1 ? 'firstTurn' : 'secondTurn'] as const) {
          sums[key][0]! += score;
          sums[key][1]! += 1;
        }
      }
      for (const key of ['firstTurn', 'secondTurn', 'average'] as const)
        expect(row[key]).toBeCloseTo(sums[key][0]! / sums[key][1]!, 12);
    }
  });

  it('average over lines, not over turns', () => {
    const lines = [single('m', 81, 1, 2), single('m', 82, 1, 4), single('m', 81, 2, 9)];
    expect(singleTable(lines)).toEqual([{ model: 'm', firstTurn: 3, secondTurn: 9, average: 5 }]);
  });

  it.each([undefined, 'claude'])('count wins, losses and ties as FastChat does (baseline %s)', (baseline) => {
    const lines = randomPairs(createRng('pairs'));
    const expected = new Map(models.map((model) => [model, { win: 0, loss: 0, tie: 0 }]));
    for (const line of lines) {
      if (line.g1_winner === 'error' || line.g2_winner === 'error') continue;
      if (baseline !== undefined && line.model_1 !== baseline && line.model_2 !== baseline) continue;
      const [a, b] = [expected.get(line.model_1)!, expected.get(line.model_2)!];
      if (line.g1_winner === 'tie' || line.g1_winner !== line.g2_winner) {
        a.tie++;
        b.tie++;
      } else {
        (line.g1_winner === 'model_1' ? a : b).win++;
        (line.g1_winner === 'model_1' ? b : a).loss++;
      }
    }
    if (baseline !== undefined) expected.delete(baseline);
    const table = pairTable(lines, { baseline });
    expect(Object.fromEntries(table.map(({ model, win, loss, tie }) => [model, { win, loss, tie }]))).toEqual(
      Object.fromEntries(expected),
    );
    for (const { win, loss, tie, winRate, lossRate, winRateAdjusted } of table) {
      const n = win + loss + tie;
      expect([winRate, lossRate, winRateAdjusted]).toEqual([win / n, loss / n, (win + 0.5 * tie) / n]);
    }
    expect(table.map(({ winRateAdjusted: rate }) => rate)).toEqual(
      table.map(({ winRateAdjusted: rate }) => rate).toSorted((a, b) => b - a),
    );
  });
});

describe('singleReport', () => {
  it('has the means of the table, and bounds that hold whatever the missing verdicts are', () => {
    const rng = createRng('bounds');
    const lines = randomSingles(rng);
    const report = singleReport({ questions, judgments: lines });
    for (const { model, average, turns: perTurn } of report.models) {
      const row = singleTable(lines).find((each) => each.model === model)!;
      expect(average.score).toBeCloseTo(row.average, 12);
      expect(perTurn.map(({ score }) => score)).toEqual([
        expect.closeTo(row.firstTurn, 12),
        expect.closeTo(row.secondTurn, 12),
      ]);
      expect(average.judged + average.missing).toBe(24);
      expect(average.interval[0]).toBeLessThan(average.score);
      expect(average.interval[1]).toBeGreaterThan(average.score);
      const filled = (value: () => number): number =>
        singleTable(lines.map((line) => (line.score === -1 ? { ...line, score: value() } : line))).find(
          (each) => each.model === model,
        )!.average;
      expect(filled(() => 1)).toBeCloseTo(average.bounds[0], 12);
      expect(filled(() => 10)).toBeCloseTo(average.bounds[1], 12);
      const random = filled(() => 1 + rng.int(10));
      expect(random).toBeGreaterThanOrEqual(average.bounds[0]);
      expect(random).toBeLessThanOrEqual(average.bounds[1]);
    }
    expect(singleReport({ questions, judgments: lines })).toEqual(report);
  });

  it('counts a repeated line once, and misses what has no line', () => {
    const lines = [
      single('m', 81, 1, 4),
      single('m', 81, 1, 8),
      single('m', 82, 1, -1),
      single('m', 82, 1, 6),
    ];
    const report = singleReport({
      questions: questions.slice(0, 2),
      judgments: [...lines, single('m', 82, 1, -1)],
    });
    expect(report.repeats).toBe(3);
    expect(report.models[0]).toMatchObject({
      average: { score: 7, judged: 2, missing: 2, bounds: [4, 8.5] },
      missing: { 'not-judged': 2 },
      categories: { writing: { score: 8, turns: [{ score: 8 }, { missing: 1 }] }, math: { score: 6 } },
    });
  });

  it('has wider intervals when the turns of a question go together', () => {
    const together = questions.flatMap(({ question_id: id }) =>
      turns.map((turn) => single('m', id, turn, 1 + (id % 10))),
    );
    const mixed = questions.flatMap(({ question_id: id }) =>
      turns.map((turn) => single('m', id, turn, turn === 1 ? 1 + (id % 10) : 10 - (id % 10))),
    );
    const stderr = (judgments: SingleJudgment[]): number =>
      singleReport({ questions, judgments }).models[0]!.average.stderr;
    expect(stderr(together)).toBeGreaterThan(3 * stderr(mixed));
  });

  it('is told as Markdown, with what is missing and what it could change', () => {
    const judgments = questions.flatMap(({ question_id: id }) =>
      turns.map((turn) => single('m|x', id, turn, 5)),
    );
    judgments[0] = { ...judgments[0]!, score: -1, judgment: '$ERROR$' };
    const text = toMarkdown(singleReport({ questions, judgments }), {
      title: 'MT-Bench',
      notes: ['judge: j'],
    });
    expect(text).toContain('| **average** | 5.00 [5.00, 5.00] (1 missing) |');
    expect(text).toContain('| m\\|x | 1 of 24 | unavailable 1 | 4.83 and 5.21 |');
    expect(
      toMarkdown(singleReport({ questions, judgments: judgments.slice(1) }), { title: 't', notes: [] }),
    ).toContain('not-judged 1');
  });
});

describe('pairReport', () => {
  it('has the adjusted rates of the table, missing verdicts, and the position bias', () => {
    const lines = randomPairs(createRng('pair report'));
    const report = pairReport({ questions, judgments: lines });
    for (const { model, average } of report.models) {
      expect(average.score).toBeCloseTo(report.table.find((row) => row.model === model)!.winRateAdjusted, 12);
      expect(average.judged + average.missing).toBe(48);
    }
    const errors = lines.filter(({ g1_winner: a, g2_winner: b }) => a === 'error' || b === 'error').length;
    expect(report.position).toMatchObject({ comparisons: 72, judged: 72 - errors });
    expect(toMarkdown(report, { title: 't', notes: [] })).toMatch(/had the same verdict twice/);
  });

  it('compares with the baseline alone, and leaves it out', () => {
    const report = pairReport({
      questions,
      judgments: randomPairs(createRng('baseline')),
      baseline: 'bezoar',
    });
    expect(report.models.map(({ model }) => model).sort()).toEqual(['alpaca', 'claude']);
    expect(report.models[0]!.average.judged + report.models[0]!.average.missing).toBe(24);
  });
});

describe('humanAgreement', () => {
  const vote = (id: number, [a, b]: readonly [string, string], winner: HumanVote['winner']): HumanVote => ({
    question_id: id,
    model_a: a,
    model_b: b,
    winner,
    judge: 'expert_0',
    turn: 1,
  });
  const judgments = [
    pair(['x', 'y'], [81, 1], ['model_1', 'model_1']),
    pair(['x', 'y'], [82, 1], ['model_1', 'model_2']),
    pair(['y', 'x'], [83, 1], ['model_1', 'model_1']),
    pair(['x', 'y'], [84, 1], ['error', 'model_1']),
  ];
  it('compares votes with verdicts on the same pair, whatever the order of the models', () => {
    const votes = [
      vote(81, ['y', 'x'], 'model_b'),
      vote(81, ['x', 'y'], 'tie'),
      vote(82, ['x', 'y'], 'tie'),
      vote(83, ['x', 'y'], 'model_b'),
      vote(83, ['x', 'y'], 'model_a'),
      vote(84, ['x', 'y'], 'model_a'),
      vote(85, ['x', 'y'], 'model_a'),
    ];
    const { turns: perTurn, all } = humanAgreement({ judgments, votes });
    expect(all.withTies).toMatchObject({ items: 5, raw: 0.6 });
    expect(all.withoutTies).toMatchObject({ items: 3, raw: 2 / 3 });
    expect(all.amongHumans).toMatchObject({ items: 2, raw: 0 });
    expect(perTurn[0]).toEqual(all);
    expect(perTurn[1].withTies.items).toBe(0);
    expect(agreementToMarkdown({ turns: perTurn, all })).toContain('| second turn | 0 | – | – |');
  });
  it('takes the higher score for the winner, and close ones for a tie', () => {
    const scores = [
      ...[single('x', 81, 1, 8), single('y', 81, 1, 7)],
      ...[single('x', 82, 1, 5), single('y', 82, 1, 5.1)],
      ...[single('x', 83, 1, 5), single('y', 83, 1, -1)],
    ];
    const votes = [81, 82, 83].map((id) => vote(id, ['x', 'y'], 'model_a'));
    expect(humanAgreement({ judgments: scores, votes }).all.withTies).toMatchObject({ items: 2, raw: 0.5 });
  });
});

describe('radarPlot', () => {
  const axes = ['writing', 'math', 'coding', 'stem'];
  it('puts the best score at the rim, and leaves a gap where there is none', () => {
    const svg = radarPlot({
      title: 'A & B',
      axes,
      series: [{ name: '<m>', values: { writing: 10, math: 5, coding: NaN, stem: 0 } }],
    });
    expect(svg).toContain('<title>A &amp; B</title>');
    expect(svg).toContain('&lt;m&gt;');
    // writing to math, stem to writing: coding has no point.
    expect(svg).toContain('<path d="M280 90L365 260M280 260L280 90" fill="none" stroke="#0072B2"');
    expect(svg.match(/<circle/g)).toHaveLength(3);
    expect(svg).not.toContain('NaN');
  });
});
