import { BezoarError } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from './parse-recipe.ts';

function problemOf(yaml: string): BezoarError {
  try {
    parseRecipe(yaml, 'test.yaml');
  } catch (error) {
    if (BezoarError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('the recipe was accepted');
}

const valid = `name: test
models:
  teacher: script:./teacher.ts
  judge: { model: "openai:gpt-4o", baseURL: "http://127.0.0.1:8000/v1", requestsPerMinute: 60 }
stages:
  made: { kind: lamini, model: teacher, seeds: ./seeds.jsonl, count: 3 }
`;

describe('parseRecipe', () => {
  it('fills in defaults and keeps the order of stages', () => {
    const recipe = parseRecipe(
      `${valid}  kept: { kind: filter, rows: made, judges: [judge] }\n`,
      'test.yaml',
    );
    expect(recipe).toMatchObject({
      seed: 0,
      weights: 'nf4-dq',
      backend: { kind: 'cpu' },
      lora: { r: 16, targetModules: ['q_proj', 'k_proj', 'v_proj'] },
      models: { teacher: { model: 'script:./teacher.ts' }, judge: { requestsPerMinute: 60 } },
    });
    expect(Object.keys(recipe.stages)).toEqual(['made', 'kept']);
  });

  it.each([
    ['at the top', `nmae: x\n${valid}`, 'test.yaml:1: unknown key nmae in the recipe.', 'Did you mean name?'],
    [
      'in a stage',
      valid.replace('count', 'cuont'),
      'test.yaml:6: unknown key cuont in stages.made.',
      'Did you mean count?',
    ],
    [
      'of SFT alone in a DPO stage',
      `${valid}  better: { kind: dpo, from: base, preferences: ./pairs.jsonl, packing: true }\n`,
      'test.yaml:7: unknown key packing in stages.better.',
      expect.any(String) as string,
    ],
    [
      'in a model',
      valid.replace('baseURL', 'baseUrl'),
      'test.yaml:4: unknown key baseUrl in models.judge.',
      'Did you mean baseURL?',
    ],
    [
      'in lora',
      `${valid}lora:\n  r: 4\n  alpha: 8\n`,
      'test.yaml:9: unknown key alpha in lora.',
      'Did you mean loraAlpha?',
    ],
  ])('names an unknown key %s, its line and the nearest known one', (...[, yaml, message, advice]) => {
    expect(problemOf(yaml)).toMatchObject({ code: 'BAD_CONFIG', message, advice });
  });

  it('names the place and line of a wrong value', () => {
    expect(problemOf(valid.replace('count: 3', 'count: many')).message).toMatch(
      /^test\.yaml:6: stages\.made\.count: /,
    );
    expect(problemOf(valid.replace('kind: lamini', 'kind: lammini')).message).toMatch(
      /^test\.yaml:6: stages\.made\.kind: /,
    );
  });

  it('names the line of broken YAML', () => {
    expect(problemOf('name: test\nstages: { a: [ }\n').message).toMatch(/^test\.yaml:2: /);
  });

  it('refuses a recipe without stages', () => {
    expect(problemOf('name: test\nstages: {}\n').message).toContain('at least one stage is needed');
  });
});
