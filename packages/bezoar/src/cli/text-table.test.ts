import { expect, it } from 'vitest';
import { textTable } from './text-table.ts';

it('puts numbers to the right and texts to the left', () => {
  const table = textTable([
    ['stage', 'rows', 'dropped'],
    ['lamini', '300', 'empty 1'],
    ['orca', '5', ''],
  ]);
  expect(table).toBe(
    ['stage   rows  dropped', '──────  ────  ───────', 'lamini   300  empty 1', 'orca       5', ''].join(
      '\n',
    ),
  );
});
