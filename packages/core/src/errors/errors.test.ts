import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BezoarError } from './bezoar-error.ts';
import { describeError } from './describe-error.ts';
import { parseOrThrow } from './parse-or-throw.ts';

const recipe = z.object({ stages: z.array(z.object({ epochs: z.number().positive() })) });

/** What `act` throws. */
function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('BezoarError', () => {
  it('carries code, advice, cause and data', () => {
    const cause = new Error('ENOENT');
    const error = new BezoarError('NOT_FOUND', 'There is no seeds.jsonl.', {
      advice: 'Check the path.',
      cause,
      data: { path: 'seeds.jsonl' },
    });
    expect(error).toMatchObject({
      name: 'BezoarError',
      code: 'NOT_FOUND',
      advice: 'Check the path.',
      cause,
      data: { path: 'seeds.jsonl' },
    });
    expect(error).toBeInstanceOf(Error);
  });

  it('has no cause property when none was given, and empty data', () => {
    const error = new BezoarError('BAD_INPUT', 'No.');
    expect('cause' in error).toBe(false);
    expect(error.data).toEqual({});
  });

  it('is recognised across copies of the package, and nothing else is', () => {
    const fromAnotherCopy = Object.defineProperty(new Error('x'), Symbol.for('bezoar.error'), {
      value: true,
    });
    expect(BezoarError.isInstance(new BezoarError('BAD_INPUT', 'No.'))).toBe(true);
    expect(BezoarError.isInstance(fromAnotherCopy)).toBe(true);
    for (const value of [new Error('x'), { code: 'BAD_INPUT' }, null, undefined, 'BAD_INPUT']) {
      expect(BezoarError.isInstance(value)).toBe(false);
    }
  });
});

describe('describeError', () => {
  it('puts the advice behind the message', () => {
    expect(
      describeError(new BezoarError('BAD_FILE', 'It is cut short.', { advice: 'Download it again.' })),
    ).toBe('It is cut short. Download it again.');
    expect(describeError(new BezoarError('BAD_FILE', 'It is cut short.'))).toBe('It is cut short.');
  });

  it('describes what is no BezoarError', () => {
    expect(describeError(new TypeError('x is not a function'))).toBe('x is not a function');
    expect(describeError('text')).toBe('text');
    expect(describeError(undefined)).toBe('undefined');
  });
});

describe('parseOrThrow', () => {
  it('returns the parsed value', () => {
    expect(parseOrThrow(recipe, { stages: [{ epochs: 2, more: 1 }] }, { what: 'recipe' })).toEqual({
      stages: [{ epochs: 2 }],
    });
  });

  it('names every bad field by its path', () => {
    const value = { stages: [{ epochs: -1 }, { epochs: 'two' }] };
    const error = thrownBy(() => parseOrThrow(recipe, value, { what: 'recipe a.yaml', advice: 'See docs.' }));
    expect(error).toMatchObject({ code: 'BAD_CONFIG', advice: 'See docs.' });
    expect((error as BezoarError).message).toMatch(
      /^recipe a\.yaml is not valid: stages\.0\.epochs: .+; stages\.1\.epochs: .+\.$/,
    );
    expect((error as BezoarError).data.problems).toHaveLength(2);
  });

  it('takes another code, and says nothing of a path where there is none', () => {
    const error = thrownBy(() =>
      parseOrThrow(z.string('text is needed'), 7, { what: 'row 17', code: 'BAD_FILE' }),
    );
    expect(error).toMatchObject({
      code: 'BAD_FILE',
      advice: undefined,
      message: 'row 17 is not valid: text is needed.',
    });
  });
});
