import { describe, expect, it } from 'vitest';
import { definite } from '../stages/definite.ts';
import { schemeArgs, schemes, schemeSettings, type Scheme } from './scheme-args.ts';

const settings = (scheme: Scheme, args: object): object =>
  definite(schemeSettings(scheme, { ...args }, '/seeds.jsonl'));

describe('schemeSettings', () => {
  it('makes stages of the flags', () => {
    expect(settings('lamini', {})).toEqual({ seeds: '/seeds.jsonl', count: 100 });
    const lamini = { 'examples-per-prompt': '2', 'instructions-per-prompt': '5', 'topics-per-prompt': '1' };
    expect(settings('lamini', { ...lamini, 'topic-share': '0.2', count: '7' })).toEqual({
      ...{ seeds: '/seeds.jsonl', count: 7, topicShare: 0.2 },
      ...{ examplesPerPrompt: 2, instructionsPerPrompt: 5, topicsPerPrompt: 1 },
    });
    const evol = { operations: 'breadth=2, deepening=0', choice: 'pool', rounds: '4', judge: 'openai:m' };
    expect(settings('evol', evol)).toEqual({
      ...{ seeds: '/seeds.jsonl', rounds: 4, judge: 'judge', choice: 'pool' },
      weights: { breadth: 2, deepening: 0 },
    });
    expect(settings('orca', { shares: 'cot=1,t0=0.5', 'require-agreement': true })).toEqual({
      ...{ rows: '/seeds.jsonl', requireAgreement: true },
      shares: { cot: 1, t0: 0.5 },
    });
  });

  it.each(Object.keys(schemeArgs))(
    '--%s is taken by a scheme, and refused by those that would ignore it',
    (flag) => {
      const value = { shares: 'cot=1', operations: 'breadth=1', 'require-agreement': true }[flag] ?? '1';
      const refusing = schemes.filter((scheme) => {
        try {
          settings(scheme, { [flag]: value });
          return false;
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_CONFIG', data: { usage: true } });
          return true;
        }
      });
      expect(refusing.length).toBeGreaterThan(0);
      expect(refusing.length).toBeLessThan(schemes.length);
    },
  );

  it.each(['breadth', '=2', 'breadth=much'])('refuses the weights %s', (operations) => {
    expect(() => settings('evol', { operations })).toThrow(/--operations/);
  });
});
