import { describe, expect, it } from 'vitest';
import { boolq } from '../tasks/boolq.ts';
import { acc, accNorm, mc2 } from './choice-metrics.ts';
import { comparePaired } from './compare-paired.ts';
import { exactMatch } from './exact-match.ts';
import { holm } from './holm.ts';
import { mcnemar } from './mcnemar.ts';
import { lastWordOfFirstLine, regexFilter } from './reply-filters.ts';
import { aggregate, higherIsBetter } from './aggregate.ts';
import { aggregateGroup } from './aggregate-group.ts';
import {
  bootstrapInterval,
  clusteredError,
  studentQuantile,
  summarize,
  wilsonInterval,
} from './summarize.ts';

const item = (choices: string[], gold: number, correct = choices.map((_, index) => index === gold)) => ({
  prompts: choices.map(() => 'p'),
  choices,
  gold,
  correct,
  target: String(gold),
});

describe('scores of choices', () => {
  it('takes the first of equal choices', () => {
    expect(acc([-1, -1], item(['a', 'b'], 0))).toBe(1);
    expect(acc([-1, -1], item(['a', 'b'], 1))).toBe(0);
  });

  it('divides by code points: neither UTF-16 units nor bytes give the same answer', () => {
    // 2 code points, 4 units, 8 bytes: -4 / 2 < -3.9 / 3; by units -4 / 4 > -3.9 / 3.
    expect(accNorm([-4, -3.9], item(['🦌🦌', 'abc'], 1))).toBe(1);
  });

  it('shares probability over right choices, however small it is', () => {
    const marked = item(['a', 'b', 'c'], 0, [true, false, true]);
    expect(mc2([Math.log(0.2), Math.log(0.5), Math.log(0.1)], marked)).toBeCloseTo(0.3 / 0.8, 12);
    expect(mc2([-2000, -2000, -2000], marked)).toBeCloseTo(2 / 3, 12);
  });
});

describe('replies', () => {
  it('finds the first or the last hit, its first group that matched, or says that there is none', () => {
    const number = /(-?[$0-9.,]{2,})|(-?[0-9]+)/g;
    expect(regexFilter({ pattern: number, pick: -1 })('5 apples and $1,200. Then 7')).toBe('7');
    expect(regexFilter({ pattern: number, pick: 0 })('It is $1,200 or 7')).toBe('$1,200');
    expect(regexFilter({ pattern: /#### (-?[0-9.,]+)/g, pick: 0 })('so #### 12\n#### 13')).toBe('12');
    expect(regexFilter({ pattern: number, pick: -1 })('none')).toBe('[invalid]');
  });

  it.each([
    ['The owl is a bird.', 'bird'],
    ['\nThe owl is "a bird"!\nNo: a fish.', 'bird'],
    ['gold-crested.', 'gold-crested'],
    ['...', ''],
    ['', ''],
  ])('takes the last word of the first line of %j', (reply, word) => {
    expect(lastWordOfFirstLine(reply)).toBe(word);
  });

  it('compares after normalising both sides', () => {
    expect(exactMatch('1,200', 'so\n#### 1200', { ignore: [/,/g, /.*#### /gs] })).toBe(1);
    expect(exactMatch('Bird', 'bird')).toBe(0);
    expect(exactMatch('Bird!', 'bird', { ignoreCase: true, ignorePunctuation: true })).toBe(1);
  });
});

describe('uncertainty', () => {
  const values = Array.from({ length: 60 }, (_, index) => (index < 13 ? 1 : 0));

  it('has the standard error of the mean that LM-Eval-Harness reports', () => {
    const score = summarize(values, { metric: 'acc', filter: 'none' });
    expect(score).toMatchObject({ metric: 'acc', filter: 'none', n: 60 });
    expect(score.value).toBeCloseTo(0.21666666666666667, 15);
    expect(score.stderr).toBeCloseTo(0.05363439040648223, 15);
    expect(summarize([1], { metric: 'acc', filter: 'none' }).stderr).toBeNaN();
  });

  it('has Wilson intervals for shares: the worked values of 0/10 and 5/10', () => {
    expect(wilsonInterval(0, 10)[0]).toBe(0);
    expect(wilsonInterval(0, 10)[1]).toBeCloseTo(0.2775, 4);
    expect(wilsonInterval(0.5, 10)[0]).toBeCloseTo(0.2366, 4);
    expect(wilsonInterval(0.5, 10)[1]).toBeCloseTo(0.7634, 4);
  });

  it('bootstraps graded scores: the same for a seed, about ±1.96 standard errors', () => {
    const graded = Array.from({ length: 400 }, (_, index) => (index % 20) / 20);
    const [low, high] = bootstrapInterval(graded, { rounds: 4000 });
    const { value, stderr } = summarize(graded, { metric: 'acc', filter: 'none' });
    expect(value - low).toBeCloseTo(1.96 * stderr, 2);
    expect(high - value).toBeCloseTo(1.96 * stderr, 2);
    expect(bootstrapInterval(graded, { rounds: 4000 })).toEqual([low, high]);
    expect(bootstrapInterval(graded, { rounds: 4000, seed: 1 })).not.toEqual([low, high]);
  });
});

describe('perplexities', () => {
  const options = { filter: 'none', bootstrapIters: 2000 };

  // Made with perplexity, weighted_perplexity, bits_per_byte and bootstrap_stderr of lm-eval 0.4.13.
  it('are those of the harness, the bootstrap draw for draw', () => {
    const logProbs = [-1.5, -0.25, -3, -7.125, -2, -0.5];
    const { value, stderr, interval } = aggregate(logProbs, { metric: 'perplexity', ...options });
    expect(value).toBeCloseTo(10.977342033589867, 12);
    expect(stderr).toBeCloseTo(28.42485748098575, 9);
    expect(interval[0]).toBeLessThan(value);
    expect(interval[1]).toBeGreaterThan(value);
    expect(aggregate(logProbs, { metric: 'perplexity', filter: 'none', bootstrapIters: 0 }).stderr).toBeNaN();
    const weighted = [
      [-12, 5],
      [-30.5, 11],
      [-2.25, 1],
    ] as const;
    const word = aggregate(weighted, { metric: 'word_perplexity', ...options });
    expect(word.value).toBeCloseTo(13.906452501644106, 12);
    expect(word.stderr).toBeNaN();
    const bits = aggregate(weighted, { metric: 'bits_per_byte', ...options });
    expect(bits.value).toBeCloseTo(3.7976825341047715, 12);
    expect(bits.interval[0]).toBeCloseTo(Math.log2(word.interval[0]), 12);
    expect(['acc', 'perplexity'].map(higherIsBetter)).toEqual([true, false]);
  });
});

describe('clusters', () => {
  it('have the usual error when there is one value in each, and a larger one when their values agree', () => {
    const values = [1, 0, 0, 1, 1, 0, 1, 1];
    const alone = clusteredError([...values, 1], ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'h'])!;
    expect(alone.clusters).toBe(8);
    const doubled = values.flatMap((value) => [value, value]);
    const pairs = clusteredError(
      doubled,
      doubled.map((_, index) => String(index >> 1)),
    )!;
    const { stderr } = summarize(values, { metric: 'acc', filter: 'none' });
    expect(pairs.stderr).toBeCloseTo(stderr, 12);
    expect(summarize(doubled, { metric: 'acc', filter: 'none' }).stderr).toBeLessThan(stderr);
    expect(pairs.interval[1] - 0.625).toBeCloseTo(2.3646242515927844 * stderr, 3);
    expect(clusteredError(values, values.map(String).fill('a'))).toBeUndefined();
    expect(
      clusteredError(
        values,
        values.map((_, index) => String(index)),
      ),
    ).toBeUndefined();
  });

  it.each([
    [1, 12.7062],
    [2, 4.3027],
    [3, 3.1824],
    [5, 2.5706],
    [30, 2.0423],
    [1000, 1.9623],
  ])('take the quantile of Student for %d degrees of freedom', (degrees, wanted) => {
    expect(Math.abs(studentQuantile(degrees) / wanted - 1)).toBeLessThan(3e-3);
  });
});

describe('groups', () => {
  const report = (name: string, values: number[]) => ({
    task: { ...boolq, name },
    numFewshot: 0,
    docs: { original: values.length, effective: values.length },
    scores: [summarize(values, { metric: 'acc', filter: 'none' })],
    samples: [],
  });
  const [a, b] = [report('a', [1, 0, 1, 1]), report('b', [0, 0, 1, 0, 0, 0, 1, 0])];
  const both = { name: 'both', members: ['a', 'inner'], metrics: ['acc'] };
  const groups = [both, { name: 'inner', members: ['b'], metrics: ['acc'] }];

  // Made with aggregate_subtask_metrics, pooled_sample_stderr and unweighted_mean_stderr of lm-eval 0.4.13.
  it('weigh by documents or count tasks alike, with the errors of the harness', () => {
    const [score] = aggregateGroup(both, { tasks: [a, b], groups })!.scores;
    expect(score).toMatchObject({ metric: 'acc', filter: 'none', n: 12 });
    expect(score!.value).toBeCloseTo(5 / 12, 12);
    expect(score!.stderr).toBeCloseTo(0.13693063937629152, 12);
    const [alike] = aggregateGroup({ ...both, weightBySize: false }, { tasks: [a, b], groups })!.scores;
    expect(alike!.value).toBeCloseTo(0.5, 12);
    expect(alike!.stderr).toBeCloseTo(0.1494035761667992, 12);
  });

  it('are left out until all of their tasks are there', () => {
    expect(aggregateGroup(both, { tasks: [a], groups })).toBeUndefined();
  });
});

describe('mcnemar', () => {
  // scipy.stats.binomtest(k, n, 0.5).pvalue
  it.each([
    [3, 9, 0.146],
    [0, 5, 0.0625],
    [4, 4, 1],
    [0, 0, 1],
    [450, 550, 0.0017305],
  ])('of %d and %d', (onlyA, onlyB, wanted) => {
    const a = [...Array.from({ length: onlyA }, () => 1), ...Array.from({ length: onlyB }, () => 0), 1, 0];
    const b = a.map((value, index) => (index < onlyA + onlyB ? 1 - value : value));
    expect(mcnemar(a, b)).toBeCloseTo(wanted, 4);
    expect(mcnemar(b, a)).toBeCloseTo(wanted, 4);
  });
});

it('holm raises p-values by how many are tested, never below a smaller one', () => {
  expect(holm([0.01, 0.04, 0.03, 0.5])).toEqual([0.04, 0.09, 0.09, 0.5]);
  expect(holm([0.6, 0.7])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});

describe('comparePaired', () => {
  it('sees a small difference between models that mostly agree', () => {
    const b = Array.from({ length: 200 }, (_, index) => index % 2);
    const a = b.map((value, index) => (index < 20 ? 1 : value));
    const { difference, stderr, interval, pValue, n } = comparePaired(a, b);
    expect([difference, n]).toEqual([0.05, 200]);
    expect(stderr).toBeLessThan(0.02); // two separate standard errors would make 0.05
    expect(interval[0]).toBeGreaterThan(0);
    expect(pValue).toBeLessThan(0.01);
  });

  it('never gives a p-value of 0, however clear the difference', () => {
    const ones = Array.from({ length: 50 }, () => 1);
    const zeros = ones.map(() => 0);
    expect(comparePaired(ones, zeros, { rounds: 999 }).pValue).toBeCloseTo(2 / 1000, 15);
    expect(comparePaired(zeros, ones, { rounds: 999 }).pValue).toBeCloseTo(2 / 1000, 15);
  });

  it('draws clusters whole', () => {
    const b = Array.from({ length: 40 }, () => 0);
    const a = b.map((_, index) => (index < 20 ? 1 : 0));
    const alone = comparePaired(a, b);
    const together = comparePaired(a, b, { clusters: a.map((_, index) => String(Math.floor(index / 10))) });
    expect(together.difference).toBe(alone.difference);
    expect(together.stderr).toBeGreaterThan(2 * alone.stderr);
    expect(together.interval[0]).toBeLessThan(alone.interval[0]);
    expect([alone.mcnemar, together.mcnemar]).toEqual([2 / 2 ** 20, undefined]);
    const single = comparePaired(a, b, { clusters: a.map((_, index) => String(index)) });
    expect(single).toEqual(alone);
  });

  it('finds nothing between equal models, and does not pair what cannot be paired', () => {
    expect(comparePaired([1, 0, 1], [1, 0, 1])).toMatchObject({ difference: 0, pValue: 1 });
    expect(() => comparePaired([1], [1, 0])).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  });
});
