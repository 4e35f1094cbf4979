import { describe, expect, it } from 'vitest';
import { instructionRow } from '../__fixtures__/instruction-row.ts';
import { filterByLength, type LengthLimits } from './filter-by-length.ts';

async function problems(limits: LengthLimits, responses: readonly string[]): Promise<(string | undefined)[]> {
  const rows = responses.map((response, at) => instructionRow({ id: String(at), response }));
  const { dropped } = await filterByLength(limits).run(rows);
  return rows.map(({ id }) => dropped.find((row) => row.id === id)?.reason);
}

describe('filterByLength', () => {
  it('counts words, limits included', async () => {
    const texts = ['one', 'one two', 'one, two – three!', 'a b c d'];
    expect(await problems({ minWords: 2, maxWords: 3 }, texts)).toEqual([
      'too-short',
      undefined,
      undefined,
      'too-long',
    ]);
  });
  it('counts a Chinese character as a word and a code point as a character', async () => {
    expect(await problems({ minWords: 4 }, ['月亮发光', '月亮光'])).toEqual([undefined, 'too-short']);
    expect(await problems({ maxChars: 3 }, ['😀😀😀', '  abc\n', 'abcd'])).toEqual([
      undefined,
      undefined,
      'too-long',
    ]);
  });
  it('looks at the wanted fields and says what it measured', async () => {
    const row = instructionRow({ instruction: 'Why?', response: 'Because of that.' });
    const step = filterByLength({ minWords: 2, fields: ['response', 'instruction'] });
    expect((await step.run([row])).dropped[0]?.detail).toBe('instruction: 1 words, at least 2');
    expect((await filterByLength({ minWords: 2 }).run([row])).rows).toEqual([row]);
  });
  it('refuses limits that no text meets, and none at all', () => {
    for (const limits of [{ minWords: 3, maxWords: 2 }, { maxChars: -1 }, {}])
      expect(() => filterByLength(limits)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
  });
});
