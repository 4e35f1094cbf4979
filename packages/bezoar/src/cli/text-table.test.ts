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

it('breaks a list that has no room on a narrow terminal, at its commas', () => {
  const rows = [
    ['rows', 'in', 'dropped'],
    ['evol', '160', 'no-information-gain 7, leaked-scaffold 6, unchanged 6, refusal 3'],
    ['orca', '20', 'empty-response 1'],
  ];
  const expected = [
    'rows   in  dropped',
    '────  ───  ─────────────────────────',
    'evol  160  no-information-gain 7,',
    '           leaked-scaffold 6,',
    '           unchanged 6, refusal 3',
    'orca   20  empty-response 1',
    '',
  ];
  const table = textTable(rows, { width: 36 });
  expect(table.replace(/─+$/m, '─────────────────────────')).toBe(expected.join('\n'));
  expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(36);
  // Too narrow to be of use.
  expect(textTable(rows, { width: 25 })).toBe(textTable(rows));
});
