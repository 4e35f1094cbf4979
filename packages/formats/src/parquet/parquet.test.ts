import { instructionRowSchema, preferencePairSchema, type InstructionRow } from '@bezoar/core';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { memoryFile, memoryFolder } from '../memory-folder.ts';
import { preferenceRowSchema } from '../preferences/preference-rows.ts';
import { instructionRowColumns, messagesColumns, preferencePairColumns } from './parquet-columns.ts';
import type { ParquetColumns } from './parquet-type.ts';
import { readParquet } from './read-parquet.ts';
import { writeParquet } from './write-parquet.ts';

async function encode(rows: readonly object[], columns: ParquetColumns): Promise<Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array>();
  await writeParquet(memoryFolder(files), 'rows.parquet', { rows, columns });
  return files.get('rows.parquet') as Uint8Array<ArrayBuffer>;
}

async function roundTrip<Schema extends z.ZodType>(
  rows: readonly object[],
  columns: ParquetColumns,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  return readParquet(memoryFile('rows.parquet', await encode(rows, columns)), schema);
}

const row: InstructionRow = {
  id: 'a',
  instruction: 'Sag „Grüß Gott“ — 你好 👩‍👩‍👧 \u0000 \n\t"quoted"',
  response: 'x',
  source: 'evol/deepening',
};

describe('writeParquet and readParquet', () => {
  it('keep instruction rows: absent fields, objects, lists of objects, null ratings, any Unicode', async () => {
    const rows: InstructionRow[] = [
      row,
      {
        ...row,
        id: 'b',
        system: '',
        lineage: { parentId: 'a', round: 2, operation: 'deepening' },
        agreesWithReference: false,
        judgments: [
          { judge: 'j1', status: 'error', rating: null, reason: 'unreadable' },
          { judge: 'j2', status: 'accept', rating: 7.5, reason: '' },
        ],
      },
      { ...row, id: 'c', judgments: [] },
    ];
    expect(await roundTrip(rows, instructionRowColumns, instructionRowSchema)).toEqual(rows);
  });

  it('stores conversations as a list of groups, not as JSON text', async () => {
    const rows = [{ messages: [{ role: 'user', content: '[{"role":"x"}]' }] }, { messages: [] }];
    const bytes = await encode(rows, messagesColumns);
    const names = parquetMetadata(bytes.buffer).schema.map(
      ({ name, type, converted_type }) => [name, type, converted_type] as const,
    );
    expect(names).toEqual([
      ['root', undefined, undefined],
      ['messages', undefined, 'LIST'],
      ['list', undefined, undefined],
      ['element', undefined, undefined],
      ['role', 'BYTE_ARRAY', 'UTF8'],
      ['content', 'BYTE_ARRAY', 'UTF8'],
    ]);
    expect(await parquetReadObjects({ file: bytes.buffer })).toEqual(rows);
  });

  it('tells null, empty and nested lists apart', async () => {
    const columns: ParquetColumns = {
      grid: { list: { list: 'integer' } },
      tree: { struct: { leaves: { list: { struct: { tags: { list: 'string' }, weight: 'number' } } } } },
    };
    const rows = [
      { grid: null, tree: null },
      { grid: [], tree: { leaves: null } },
      { grid: [[]], tree: { leaves: [] } },
      { grid: [null, [1, null], [2, 3]], tree: { leaves: [{ tags: ['a', null], weight: 0.1 }, null] } },
      {
        grid: [[-(2 ** 53) + 1]],
        tree: {
          leaves: [
            { tags: [], weight: null },
            { tags: null, weight: 1e-300 },
          ],
        },
      },
    ];
    const any = z.looseObject({ grid: z.unknown().nullable(), tree: z.unknown().nullable() });
    const bytes = await encode(rows, columns);
    const raw = await parquetReadObjects({ file: bytes.buffer });
    expect(
      JSON.parse(
        JSON.stringify(raw, (_, value: unknown) =>
          typeof value === 'bigint' ? Number(value) : (value ?? null),
        ),
      ),
    ).toEqual(rows);
    expect((await readParquet(memoryFile('x', bytes), any))[3]?.grid).toEqual([null, [1, null], [2, 3]]);
  });

  it('keeps 10,000 rows in order', async () => {
    const rows = Array.from({ length: 10_001 }, (_, index) => ({
      ...row,
      id: String(index),
      ...(index % 3 === 0
        ? { lineage: { parentId: `p${index}`, round: index % 4, operation: 'breadth' } }
        : {}),
      ...(index % 5 === 0
        ? {
            judgments: Array.from({ length: index % 4 }, (__, judge) => ({
              judge: `j${judge}`,
              status: 'accept' as const,
              rating: judge === 0 ? null : index / 7,
              reason: `é${index}`,
            })),
          }
        : {}),
    }));
    expect(await roundTrip(rows, instructionRowColumns, instructionRowSchema)).toEqual(rows);
  });

  it('keeps preference pairs whole where a union could drop the prompt', async () => {
    const pair = { id: 'p', prompt: 'Q', chosen: 'yes', rejected: 'no' };
    expect(await roundTrip([pair], preferencePairColumns, preferencePairSchema)).toEqual([pair]);
    expect(await roundTrip([pair], preferencePairColumns, preferenceRowSchema)).toEqual([pair]);
  });
});

describe('writeParquet', () => {
  it.each([
    [
      'a field that is no column',
      { id: 'a', extra: 1 },
      /Row 1 of rows\.parquet has a field extra that is no column/,
    ],
    [
      'a value of another type',
      { id: 7 },
      /Row 1 of rows\.parquet\.id is number 7; the column holds a string/,
    ],
    [
      'an integer that a double cannot hold',
      { n: 2 ** 53 },
      /\.n is number 9007199254740992; .* safe integer/,
    ],
    ['a value of another type in a list', { tags: ['a', {}] }, /\.tags\[1\] is object \{\}/],
  ])('refuses %s', async (_, bad, message) => {
    const columns = { id: 'string', n: 'integer', tags: { list: 'string' } } as const;
    const written = encode([bad], columns);
    await expect(written).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(message) as string,
    });
  });

  it('writes nothing that would read back otherwise: a lone surrogate', async () => {
    const files = new Map<string, Uint8Array>();
    const written = writeParquet(memoryFolder(files), 'x.parquet', {
      rows: [{ id: 'fine' }, { id: '\ud83d' }],
      columns: { id: 'string' },
    });
    await expect(written).rejects.toMatchObject({ code: 'CHECK_FAILED', data: { row: 2 } });
    expect(files.size).toBe(0);
  });

  it('writes a file without rows that other readers take', async () => {
    const bytes = await encode([], instructionRowColumns);
    expect(await parquetReadObjects({ file: bytes.buffer })).toEqual([]);
    await expect(readParquet(memoryFile('x', bytes), z.unknown())).rejects.toMatchObject({
      code: 'EMPTY_DATASET',
    });
  });
});

describe('readParquet', () => {
  it('names the row and the field that do not fit', async () => {
    const bytes = await encode([{ n: 1 }, { n: -1 }], { n: 'integer' });
    const read = readParquet(memoryFile('n.parquet', bytes), z.object({ n: z.number().positive() }));
    await expect(read).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/n\.parquet, row 2: n: /) as string,
    });
  });

  it('says when a file is truncated or something else', async () => {
    const bytes = await encode([row], instructionRowColumns);
    for (const broken of [
      bytes.subarray(0, bytes.length - 9),
      new TextEncoder().encode('{"id":1}\n'),
      new Uint8Array(),
    ])
      await expect(readParquet(memoryFile('x', broken), z.unknown())).rejects.toMatchObject({
        code: 'BAD_FILE',
      });
  });
});
