import { expect, it } from 'vitest';
import { matchPath } from './match-path.ts';

it.each([
  ['data/train-0.parquet', 'data/train-*', true],
  ['data/train/0.parquet', 'data/train*', false],
  ['data/a/b/0.parquet', 'data/**', true],
  ['data/0.parquet', 'data/**/*.parquet', true],
  ['data/a/b/0.parquet', 'data/**/*.parquet', true],
  ['train.jsonl', '{train,test}.jsonl', true],
  ['dev.jsonl', '{train,test}.jsonl', false],
  ['a1.json', 'a?.json', true],
  ['a12.json', 'a?.json', false],
  ['axjson', 'a.json', false],
  ['a+(b).json', 'a+(b).json', true],
  ['x/a.json', 'a.json', false],
])('%s fits %s: %s', (path, pattern, expected) => {
  expect(matchPath(path, pattern)).toBe(expected);
});
