import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatJsonl, parseJsonl } from './read-jsonl.ts';

const schema = z.object({ n: z.number() });
const parse = (text: string): { n: number }[] => parseJsonl(text, schema, { what: 'rows.jsonl' });

describe('parseJsonl', () => {
  it('accepts a byte order mark, CRLF, blank lines and a missing final newline', () => {
    expect(parse('\uFEFF{"n":1}\r\n\r\n  {"n":2}')).toEqual([{ n: 1 }, { n: 2 }]);
  });
  it('accepts one JSON array', () => {
    expect(parse('[{"n":1},{"n":2}]')).toEqual([{ n: 1 }, { n: 2 }]);
  });
  it('reads back what formatJsonl writes', () => {
    expect(parse(formatJsonl([{ n: 3 }, { n: 4 }]))).toEqual([{ n: 3 }, { n: 4 }]);
  });
  it.each([
    ['a line that is not JSON', '{"n":1}\n{"n":', 'BAD_INPUT', /rows\.jsonl, line 2 is not JSON/],
    ['a row of another shape', '{"n":1}\n\n{"m":1}', 'BAD_INPUT', /rows\.jsonl, line 3: n:/],
    ['no rows', '\n\n', 'EMPTY_DATASET', /rows\.jsonl has no rows/],
  ])('refuses %s', (...[, text, code, message]) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error,
    );
  });
});
