import { describe, expect, it } from 'vitest';
import { checkReferences } from './check-references.ts';
import { parseRecipe } from './parse-recipe.ts';

const head = 'name: test\nbase: ./model\nmodels: { teacher: "script:./t.ts" }\nstages:\n';

function check(stages: readonly string[], rest = ''): () => void {
  const recipe = parseRecipe(`${head}${stages.map((stage) => `  ${stage}\n`).join('')}${rest}`, 'test.yaml');
  return () => checkReferences(recipe);
}

const made = 'made: { kind: lamini, model: teacher, seeds: ./s.jsonl, count: 3 }';
const tuned = 'tuned: { kind: sft, from: base, rows: made }';
const scores = 'scores: { kind: eval, models: [base, tuned], preferences: ./p.jsonl }';

describe('checkReferences', () => {
  it('accepts names that are there before they are needed', () => {
    const clean = 'tidy: { kind: clean, rows: made, against: [scores, ./other.jsonl] }';
    expect(check([made, clean, tuned, 'merged: { kind: merge, from: tuned }', scores])).not.toThrow();
  });

  it('knows the scores of MT-Bench by the names of its models', () => {
    const talk =
      'talk: { kind: mt-bench, questions: ./q.jsonl, models: [base], names: { base: open }, served: [teacher], judge: teacher }';
    const expected = (better: string): string =>
      `expect: [{ metric: mt_bench/average, better: ${better}, than: teacher }]`;
    expect(check([talk], expected('open'))).not.toThrow();
    expect(check([talk], expected('base'))).toThrow(/no eval stage evaluates base/);
    expect(check([talk.replace('models: [base]', 'models: [tuned]')])).toThrow(
      /tuned cannot be used as a model/,
    );
    expect(check([talk.replace('judge: teacher', 'judge: gpt4')])).toThrow(/no chat model gpt4/);
  });

  it.each([
    ['a chat model', [made.replace('teacher', 'taecher')], /no chat model taecher/, 'Did you mean teacher?'],
    [
      'rows',
      [made, tuned.replace('rows: made', 'rows: maed')],
      /maed is neither a stage before it/,
      'Did you mean made?',
    ],
    ['rows of a later stage', [tuned, made], /made is neither a stage before it/, 'There are none.'],
    [
      'a model',
      [made, 'tuned: { kind: sft, from: bas, rows: made }'],
      /bas cannot be used as a model/,
      'Did you mean base?',
    ],
    [
      'a merge of a merge',
      [made, tuned, 'a: { kind: merge, from: tuned }', 'b: { kind: merge, from: a }'],
      /a has no adapter/,
      'Merge an sft or dpo stage.',
    ],
    [
      'both rows and preferences',
      [made, 'x: { kind: sft, from: base, rows: made, preferences: ./p.jsonl }'],
      /either rows or preferences/,
      'Give one of them.',
    ],
    [
      'two tasks of one name',
      [
        'x: { kind: eval, models: [base], tasks: [{ kind: gsm8k, docs: ./a.jsonl }, { kind: gsm8k, docs: ./b.jsonl }] }',
      ],
      /two tasks are called gsm8k/,
      'Give one of them another name.',
    ],
    [
      'an evaluation to keep away from',
      [made, 'x: { kind: clean, rows: made, against: [scorse] }', tuned, scores],
      /stage x: scorse is neither an eval stage nor a file/,
      'Did you mean scores?',
    ],
    [
      'an empty evaluation',
      ['x: { kind: eval, models: [base] }'],
      /nothing to evaluate/,
      'Give tasks or preferences.',
    ],
  ])('refuses %s', (...[, stages, message, advice]) => {
    expect(check(stages)).toThrow(
      expect.objectContaining({
        code: 'BAD_CONFIG',
        message: expect.stringMatching(message) as string,
        advice,
      }),
    );
  });

  it('checks what is expected against what is evaluated', () => {
    const expectation = (metric: string, better: string): string =>
      `expect: [{ metric: ${metric}, better: ${better}, than: base, by: 0.1 }]\n`;
    expect(check([made, tuned, scores], expectation('preference/win_rate', 'tuned'))).not.toThrow();
    expect(check([made, tuned, scores], expectation('preference/win_rate', 'made'))).toThrow(
      /no eval stage evaluates made/,
    );
    expect(check([made, tuned, scores], expectation('facts/acc', 'tuned'))).toThrow(
      /no eval stage has a task facts/,
    );
  });

  it('knows what of a run can be published, and where', () => {
    const publish = (repos: string): string => `publish: { repos: { ${repos} } }\n`;
    expect(
      check([made, tuned, scores], publish('made: rows, tuned: { name: org/tuned, license: mit }')),
    ).not.toThrow();
    expect(check([made, tuned], publish('tunde: x'))).toThrow(/publish: there is no stage tunde/);
    expect(check([made, tuned, scores], publish('scores: x'))).toThrow(/of the kind eval/);
    expect(check([made, tuned], publish('made: x, tuned: x'))).toThrow(/two stages go to x/);
  });

  it('needs a base for local models', () => {
    const recipe = parseRecipe(`${head.replace('base: ./model\n', '')}  ${made}\n  ${tuned}\n`, 'test.yaml');
    expect(() => checkReferences(recipe)).toThrow(/the recipe has no base/);
  });
});
