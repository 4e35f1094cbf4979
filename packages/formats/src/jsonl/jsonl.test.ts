import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { memoryFile, memoryFolder } from '../memory-folder.ts';
import { parseJsonl } from './parse-jsonl.ts';
import { readJsonl, rowsOfChunks } from './read-jsonl.ts';
import { formatJsonl, writeJsonl } from './write-jsonl.ts';

const schema = z.object({ n: z.number() });
const parse = (text: string): { n: number }[] => parseJsonl(text, schema, { what: 'rows.jsonl' });

describe('parseJsonl', () => {
  it('accepts a byte order mark, CRLF, blank lines and a missing final newline', () => {
    expect(parse('\uFEFF{"n":1}\r\n\r\n  {"n":2}')).toEqual([{ n: 1 }, { n: 2 }]);
  });
  it('takes a null that the schema does not know for an absent field, and leaves those that it knows', () => {
    const table = z.object({ n: z.number(), note: z.string().optional(), of: z.number().nullable() });
    const parsed = parseJsonl('{"n":1,"note":null,"of":null}\n', table, { what: 'rows.jsonl' });
    expect(parsed).toEqual([{ n: 1, of: null }]);
    expect(() => parse('{"n":null}')).toThrow(/rows\.jsonl, line 1: n:/);
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

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

describe('readJsonl', () => {
  const named = z.object({ name: z.string() });
  const utf8 = new TextEncoder();

  it.each([
    ['lines', '\uFEFF{"name":"é"}\r\n\r\n{"name":"🦌"}'],
    ['lines after blank ones', '\n \r\n\n{"name":"é"}\n{"name":"🦌"}\n\n'],
    ['an array', '\uFEFF\n[{"name":"é"},\n {"name":"🦌"}]\n'],
  ])('reads %s like parseJsonl, wherever the bytes are cut', async (_, text) => {
    const expected = parseJsonl(text, named, { what: 'x' });
    const bytes = utf8.encode(text);
    for (let size = 1; size <= bytes.length; size++)
      expect(await collect(rowsOfChunks(pieces(bytes, size), named, 'x')), `pieces of ${size}`).toEqual(
        expected,
      );
  });

  it.each([
    ['a line that is not JSON', '{"n":1}\n\n{"n":', 'BAD_INPUT', /^rows\.jsonl, line 3 is not JSON/],
    ['a row of another shape', '{"n":1}\n\n{"m":1}\n', 'BAD_INPUT', /^rows\.jsonl, line 3: n:/],
    ['no rows', '\n\n', 'EMPTY_DATASET', /^rows\.jsonl has no rows/],
    ['an empty array', ' []', 'EMPTY_DATASET', /^rows\.jsonl has no rows/],
  ])('refuses %s, and says where', async (...[, text, code, message]) => {
    const reading = collect(readJsonl(memoryFile('rows.jsonl', utf8.encode(text)), schema));
    await expect(reading).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it('counts lines right wherever the bytes are cut', async () => {
    const bytes = utf8.encode('\n\r\n{"n":1}\r\n\n{"m":1}');
    for (let size = 1; size <= bytes.length; size++)
      await expect(collect(rowsOfChunks(pieces(bytes, size), schema, 'x'))).rejects.toThrow(/^x, line 5: n:/);
  });

  it('gives the rows before a bad one, and refuses text that is not UTF-8', async () => {
    const rows = readJsonl(memoryFile('x', utf8.encode('{"n":1}\nbad')), schema);
    expect((await rows.next()).value).toEqual({ n: 1 });
    await expect(rows.next()).rejects.toMatchObject({ code: 'BAD_INPUT' });
    const latin1 = memoryFile('x', Uint8Array.of(0x7b, 0xe9, 0x7d));
    await expect(collect(readJsonl(latin1, schema))).rejects.toMatchObject({ code: 'BAD_FILE' });
  });

  it('reads what writeJsonl streamed, over many chunks', async () => {
    const files = new Map<string, Uint8Array>();
    const count = 60_000;
    const rows = function* (): Generator<{ n: number; text: string }> {
      for (let n = 0; n < count; n++) yield { n, text: 'é\n'.repeat(10) };
    };
    await writeJsonl(memoryFolder(files), 'x', rows());
    expect(files.get('x')!.length).toBeGreaterThan(2 ** 21);
    let next = 0;
    for await (const { n } of readJsonl(memoryFile('x', files.get('x')!), schema)) expect(n).toBe(next++);
    expect(next).toBe(count);
  });
});
