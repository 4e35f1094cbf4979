import { createFunnel } from '@bezoar/core';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeRows } from '../stages/rows.ts';
import { readRowSamples } from './row-samples.ts';

const folder = temporaryFolder();
afterEach(() => folder.remove());

const row = (id: number, rating: number | null) => ({
  ...{ id: `r${id}`, instruction: `i${id}`, response: 'r', source: 's' },
  judgments: [
    { judge: 'j', status: rating === null ? 'error' : rating > 5 ? 'accept' : 'reject', rating, reason: '' },
  ] as const,
});

it('takes rows from all over the files, some for every reason, and counts all ratings', async () => {
  const rows = Array.from({ length: 21 }, (_, index) => row(index, 6 + (index % 3)));
  const dropped = Array.from({ length: 10 }, (_, index) => {
    const rating = index === 7 ? null : 1 + (index % 2);
    const reason = index < 3 ? 'below-threshold' : 'rejected-by-judge';
    return { id: `d${index}`, stage: 'f', reason, row: row(index, rating) };
  });
  const funnel = createFunnel('f', rows.length, dropped);
  await writeRows(folder.path, { rows, dropped, funnel });
  expect((await readRowSamples(folder.path, funnel))!.agreement).toEqual([]);
  folder.file('agreement.json', '[{"judges":["a","b"],"rows":3,"raw":1,"kappa":null}]');
  const found = (await readRowSamples(folder.path, funnel))!;
  expect(found.agreement).toEqual([{ judges: ['a', 'b'], rows: 3, raw: 1, kappa: NaN }]);
  expect(found.kept.map(({ id }) => id)).toEqual(['r0', 'r10', 'r20']);
  expect(Object.entries(found.dropped).map(([reason, those]) => [reason, those.map(({ id }) => id)])).toEqual(
    [
      ['below-threshold', ['d0', 'd2']],
      ['rejected-by-judge', ['d3', 'd9']],
    ],
  );
  expect(found.ratings).toEqual({
    j: {
      ...{ 6: { kept: 7, dropped: 0 }, 7: { kept: 7, dropped: 0 }, 8: { kept: 7, dropped: 0 } },
      ...{ 1: { kept: 0, dropped: 5 }, 2: { kept: 0, dropped: 4 }, error: { kept: 0, dropped: 1 } },
    },
  });
});

it('shows what there is when nothing was kept, or the files are no longer what they were', async () => {
  const dropped = [{ id: 'd', stage: 'f', reason: 'empty', row: { instruction: '' } }];
  const funnel = createFunnel('f', 0, dropped);
  await writeRows(folder.path, { rows: [], dropped, funnel });
  expect(await readRowSamples(folder.path, funnel)).toMatchObject({ kept: [], dropped: { empty: dropped } });
  writeFileSync(join(folder.path, 'dropped.jsonl'), 'not JSON\n');
  expect(await readRowSamples(folder.path, funnel)).toBeUndefined();
  expect(await readRowSamples(join(folder.path, 'nowhere'), funnel)).toBeUndefined();
});
