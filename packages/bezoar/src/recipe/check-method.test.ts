import { describe, expect, it } from 'vitest';
import { checkMethod } from './check-method.ts';
import { hasAdapter } from './has-adapter.ts';
import type { Recipe, SftStage, Stage } from './recipe.ts';

const full: SftStage = { kind: 'sft', from: 'base', rows: 'rows.jsonl', method: 'full' };
const stages: Record<string, Stage> = {
  adapter: { kind: 'sft', from: 'base', rows: 'rows.jsonl' },
  merged: { kind: 'merge', from: 'adapter' },
  all: full,
  preferred: { kind: 'dpo', from: 'all', preferences: 'pairs.jsonl' },
};
const recipe: Pick<Recipe, 'adapter' | 'stages' | 'weights'> = { stages, weights: 'f32' };

describe('checkMethod', () => {
  it.each(['base', 'merged', 'all'])('lets every weight of %s learn', (from) => {
    expect(() => checkMethod({ ...full, from }, recipe)).not.toThrow();
  });

  it.each<[string, SftStage, Partial<typeof recipe>, RegExp]>([
    ['an NF4 base', full, { weights: 'nf4-dq' }, /--weights f32/],
    ["a stage's adapter", { ...full, from: 'adapter' }, {}, /Merge it first/],
    ["the base's adapter", full, { adapter: './adapter' }, /Merge it first/],
    ['a dtype for an adapter', { ...full, method: 'lora', dtype: 'float16' }, {}, /Leave dtype out/],
  ])('refuses %s, with advice', (...[, stage, settings, advice]) => {
    expect(() => checkMethod(stage, { ...recipe, ...settings })).toThrow(
      expect.objectContaining({
        code: 'BAD_CONFIG',
        advice: expect.stringMatching(advice) as string,
      }) as Error,
    );
  });
});

it('knows which models are a base with an adapter', () => {
  const names = ['base', ...Object.keys(stages)];
  expect(names.filter((name) => hasAdapter(name, recipe))).toEqual(['adapter', 'preferred']);
  expect(hasAdapter('base', { ...recipe, adapter: './adapter' })).toBe(true);
});
