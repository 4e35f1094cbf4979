import { expect, it } from 'vitest';
import { formatHubReference, parseHubReference, type HubReference } from './parse-hub-reference.ts';

const references: readonly (readonly [string, HubReference])[] = [
  ['hub:org/name', { name: 'org/name' }],
  ['hub:squad', { name: 'squad' }],
  ['hub:org/name@v1.0', { name: 'org/name', revision: 'v1.0' }],
  ['hub:org/name@feature%2Fx/a.jsonl', { name: 'org/name', revision: 'feature/x', path: 'a.jsonl' }],
  ['hub:org/name/data/*.parquet', { name: 'org/name', path: 'data/*.parquet' }],
  [
    'hub:org/name@refs/convert/parquet/default/train/0000.parquet',
    { name: 'org/name', revision: 'refs/convert/parquet', path: 'default/train/0000.parquet' },
  ],
  ['hub:org/name?config=en&split=test', { name: 'org/name', config: 'en', split: 'test' }],
  ['hub:org/name@main?split=validation', { name: 'org/name', revision: 'main', split: 'validation' }],
];

it.each(references)('%s is read, and written as it was', (text, reference) => {
  expect(parseHubReference(text)).toEqual(reference);
  expect(parseHubReference(text.slice('hub:'.length))).toEqual(reference);
  expect(formatHubReference(reference)).toBe(text);
});

it.each([
  'hub:',
  'hub:../x',
  'hub:org/..',
  'hub:org/name?splt=x',
  'hub:org/name?split=',
  'hub:a b',
  'hub:org/name@%zz',
])('%s is refused', (text) => {
  expect(() => parseHubReference(text)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
});
