import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settleProject } from './settle-project.ts';

describe('settleProject', () => {
  it('has a default for everything, and no call that costs something', () => {
    const { folder, project } = settleProject({});
    expect(folder).toBe(resolve('bezoar-project'));
    expect(project).toMatchObject({
      name: 'bezoar-project',
      goal: 'model',
      teacher: 'script',
      judge: 'script',
    });
    expect(project.budget).toBeUndefined();
  });

  it('names the project as npm allows it', () => {
    const name = (folder: string): string => settleProject({ folder }).project.name;
    expect(['My Model', './_x/', '/tmp/Ünder.Score_', '/'].map(name)).toEqual([
      'my-model',
      'x',
      'nder.score',
      'bezoar-project',
    ]);
  });

  it('sets a budget where the prices are known, and only there', () => {
    const budget = (teacher: string, judge?: string): number | undefined =>
      settleProject({ teacher, judge }).project.budget;
    expect(budget('openai:gpt-4o-mini')).toBe(5);
    expect(budget('script', 'openai:gpt-4o-mini')).toBe(5);
    expect(budget('openai:my-own')).toBeUndefined();
    expect(budget('openai:gpt-4o-mini', 'openai:my-own')).toBeUndefined();
  });

  it('writes paths as the recipe sees them', () => {
    const { project } = settleProject({ folder: 'packages', seeds: 'package.json', base: 'packages/bezoar' });
    expect(project).toMatchObject({ seeds: '../package.json', base: './bezoar' });
  });

  it.each([
    ['a goal', { goal: 'dta' }, 'There is no goal dta.', 'Did you mean data?'],
    [
      'a flag of another goal',
      { goal: 'data', base: 'hub:a/b' },
      '--base is for finetune and model',
      '--goal finetune',
    ],
    ['a script of its own', { teacher: 'script:./x.ts' }, '--teacher is script:./x.ts.', '--teacher script'],
    ['no provider', { judge: 'gpt-4o' }, '"gpt-4o" names no model.', 'provider:model'],
    ['an address', { teacher: 'openai:x', baseURL: 'host:8000' }, '--base-url is "host:8000".', 'http://'],
    ['an address of nothing', { baseURL: 'http://host/v1' }, '--base-url is for', '--teacher openai:NAME'],
    ['a budget', { teacher: 'openai:gpt-4o', budget: 0 }, '--budget is 0.', 'US dollars'],
    [
      'a budget without prices',
      { teacher: 'openai:own', budget: 5 },
      'no list price for openai:own',
      'price',
    ],
    ['a file', { seeds: 'nowhere.jsonl' }, 'There is no nowhere.jsonl, which --seeds names.', 'hub:org/name'],
  ])('refuses %s that cannot be', (...[, wishes, message, advice]) => {
    expect(() => settleProject(wishes)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message) as string,
        advice: expect.stringContaining(advice) as string,
      }) as Error,
    );
  });
});
