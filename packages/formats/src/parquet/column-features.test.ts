import { expect, it } from 'vitest';
import { columnFeatures } from './column-features.ts';
import { instructionRowColumns } from './parquet-columns.ts';

it('columnFeatures says of rows what the Hub reads from a card', () => {
  const features = columnFeatures({ ...instructionRowColumns, tags: { list: 'string' } });
  const string = (name: string): unknown => ({ name, dtype: 'string' });
  expect(features).toEqual([
    ...['id', 'system', 'instruction', 'response', 'source', 'category'].map(string),
    { name: 'lineage', struct: [string('parentId'), { name: 'round', dtype: 'int64' }, string('operation')] },
    string('reference'),
    { name: 'agreesWithReference', dtype: 'bool' },
    {
      name: 'judgments',
      list: [string('judge'), string('status'), { name: 'rating', dtype: 'float64' }, string('reason')],
    },
    { name: 'tags', list: 'string' },
  ]);
  expect(() => columnFeatures({ deep: { list: { list: 'string' } } })).toThrow(/lists of lists/);
});
