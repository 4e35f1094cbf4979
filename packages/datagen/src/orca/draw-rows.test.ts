import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { drawRows, type DrawOptions } from './draw-rows.ts';
import type { FlanRow } from './flan-row.ts';

const sources = ['CoT', 'NIv2', 'P3', 'Flan2021', undefined];

function randomRows(seed: number): FlanRow[] {
  const rng = createRng(seed);
  return Array.from({ length: 1 + Math.floor(400 * rng.next()) }, (_, index) => ({
    inputs: `task ${index}`,
    targets: String(index),
    task_source: rng.pick(sources),
  }));
}

const streamed = (rows: readonly FlanRow[]) =>
  async function* (): AsyncGenerator<FlanRow> {
    for (const row of rows) yield await Promise.resolve(row);
  };

describe('drawRows', () => {
  it('draws the same rows in the same order, however they are given', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const rows = randomRows(seed);
      const { count, shares } = [
        { count: undefined, shares: undefined },
        { count: 1 + (seed % 50), shares: undefined },
        { count: 30, shares: { cot: 1, t0: 3 } },
      ][seed % 3]!;
      const options: Omit<DrawOptions, 'rows'> = {
        ...(count === undefined ? {} : { count }),
        ...(shares === undefined ? {} : { shares }),
      };
      const draw = (given: DrawOptions['rows']): Promise<FlanRow[]> =>
        drawRows({ rows: given, ...options }, createRng(seed));
      const expected = await draw(rows);
      expect(expected).toHaveLength(Math.min(count ?? rows.length, rows.length));
      expect(new Set(expected).size).toBe(expected.length);
      expect(await draw(streamed(rows))).toEqual(expected);
    }
  });

  it('goes through rows twice, and the second time no further than it must', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) => ({ inputs: `task ${index}`, targets: '' }));
    const passes: number[] = [];
    async function* counted(): AsyncGenerator<FlanRow> {
      const pass = passes.push(0) - 1;
      for (const row of rows) {
        passes[pass]!++;
        yield await Promise.resolve(row);
      }
    }
    const [drawn] = await drawRows({ rows: counted, count: 1 }, createRng(3));
    expect(passes).toEqual([1000, 1 + rows.indexOf(drawn!)]);
  });

  it('refuses rows that are fewer the second time', async () => {
    let rows = randomRows(1);
    const shrinking = (): AsyncGenerator<FlanRow> => {
      const now = rows;
      rows = [];
      return streamed(now)();
    };
    await expect(drawRows({ rows: shrinking }, createRng(1))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/There were \d+ FLAN rows, and then only 0/) as string,
    });
  });
});
