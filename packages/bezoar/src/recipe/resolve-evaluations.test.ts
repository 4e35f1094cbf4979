import { afterAll, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { loadRecipe } from './load-recipe.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

it('puts what an eval stage evaluates on in the place of its name, each file once', async () => {
  const file = folder.file(
    'recipe.yaml',
    `name: test
base: ./model
stages:
  tidy: { kind: clean, rows: ./rows.jsonl, against: [./own.jsonl, exam] }
  other: { kind: clean, rows: ./rows.jsonl }
  exam:
    kind: eval
    models: [base]
    preferences: ./pairs.jsonl
    tasks: [{ kind: gsm8k, docs: ./gsm8k.jsonl, fewshotDocs: ./train.jsonl }, { kind: boolq, docs: ./own.jsonl }]
`,
  );
  const { tidy, other, exam } = (await loadRecipe(file)).recipe.stages;
  expect(tidy).toMatchObject({ against: ['./own.jsonl', './gsm8k.jsonl', './pairs.jsonl'] });
  expect(other).toEqual({ kind: 'clean', rows: './rows.jsonl' });
  expect(exam).toMatchObject({ preferences: './pairs.jsonl' });
});
