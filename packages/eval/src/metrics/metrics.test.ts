import { describe, expect, it } from 'vitest';
import { acc, accNorm, mc2 } from './choice-metrics.ts';
import { comparePaired } from './compare-paired.ts';
import { exactMatch } from './exact-match.ts';
import { lastWordOfFirstLine, regexFilter } from './reply-filters.ts';
import { bootstrapInterval, summarize, wilsonInterval } from './summarize.ts';

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
    expect(regexFilter({ pattern: number, pick: 'last' })('5 apples and $1,200. Then 7')).toBe('7');
    expect(regexFilter({ pattern: number, pick: 'first' })('It is $1,200 or 7')).toBe('$1,200');
    expect(regexFilter({ pattern: /#### (-?[0-9.,]+)/g, pick: 'first' })('so #### 12\n#### 13')).toBe('12');
    expect(regexFilter({ pattern: number, pick: 'last' })('none')).toBe('[invalid]');
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

  it('finds nothing between equal models, and does not pair what cannot be paired', () => {
    expect(comparePaired([1, 0, 1], [1, 0, 1])).toMatchObject({ difference: 0, pValue: 1 });
    expect(() => comparePaired([1], [1, 0])).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  });
});
