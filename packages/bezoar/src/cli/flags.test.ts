import { describe, expect, it } from 'vitest';
import { checkFlags, listFlag, numberFlag } from './flags.ts';

const args = {
  file: { type: 'positional', required: true },
  model: { type: 'string', required: true },
  'max-steps': { type: 'string' },
  fresh: { type: 'boolean' },
} as const;

const check =
  (...rawArgs: string[]): (() => void) =>
  () =>
    checkFlags({ command: 'test', args, rawArgs });

describe('checkFlags', () => {
  it.each([
    [['x.yaml', '--model', 'm']],
    [['--model=m', 'x.yaml', '--fresh']],
    [['--no-fresh', '--max-steps', '-1', '--model', '-', 'x.yaml']],
  ])('accepts %j', (rawArgs) => {
    expect(check(...rawArgs)).not.toThrow();
  });

  it.each([
    [['x.yaml'], '--model is missing'],
    [['--model', 'm'], 'the file is missing'],
    [['x.yaml', '--model'], '--model needs a value'],
    [['x.yaml', '--model', '--fresh'], '--model needs a value'],
    [['x.yaml', 'y.yaml', '--model', 'm'], 'too many arguments'],
    [['x.yaml', '--modle', 'm'], 'unknown flag --modle'],
    [['x.yaml', '--no-model', '--model', 'm'], 'unknown flag --no-model'],
  ])('refuses %j: %s', (rawArgs, problem) => {
    expect(check(...rawArgs)).toThrow(`bezoar test: ${problem}.`);
  });

  it('suggests the nearest flag', () => {
    expect(check('x', '--model', 'm', '--max-step', '1')).toThrow(
      expect.objectContaining({ advice: 'Did you mean max-steps?' }),
    );
  });
});

describe('values', () => {
  it('reads numbers and lists', () => {
    expect(numberFlag('x', '1e-3')).toBe(0.001);
    expect(numberFlag('x', undefined)).toBeUndefined();
    expect(() => numberFlag('x', 'ten')).toThrow('--x is "ten"');
    expect(listFlag('a, b,,c')).toEqual(['a', 'b', 'c']);
  });
});
