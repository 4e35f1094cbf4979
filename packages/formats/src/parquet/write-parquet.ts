import { BezoarError } from '@bezoar/core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { FolderSink } from '../file-source.ts';
import { memoryFile } from '../memory-folder.ts';
import { fromCell } from './from-cell.ts';
import type { ParquetColumns } from './parquet-type.ts';
import { readRawRows } from './read-raw-rows.ts';
import { schemaElements } from './schema-elements.ts';
import { toFields } from './to-fields.ts';

export interface ParquetContent {
  readonly rows: readonly object[];
  /** Every field that a row may have; one that is missing in a row is null in the file. */
  readonly columns: ParquetColumns;
}

/**
 * Writes rows as one Parquet file (Snappy, row groups of at most 10,000 rows) under an explicit schema: lists and objects
 * are LIST and group columns, never JSON text. The bytes are decoded again and compared with the rows before anything is
 * written. Throws BezoarError BAD_INPUT that names the row, BAD_CONFIG without columns, CHECK_FAILED when they differ.
 */
export async function writeParquet(
  sink: FolderSink,
  name: string,
  { rows, columns }: ParquetContent,
): Promise<void> {
  if (Object.keys(columns).length === 0)
    throw new BezoarError('BAD_CONFIG', `${name} would have no columns.`, {
      advice: 'Declare a type for every field.',
    });
  const cells = rows.map((row, index) =>
    toFields(row as Readonly<Record<string, unknown>>, columns, `Row ${index + 1} of ${name}`),
  );
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      columnData: Object.keys(columns).map((column) => ({
        name: column,
        data: cells.map((row) => row[column]),
      })),
      schema: schemaElements(columns),
      rowGroupSize: 10_000,
      createdBy: 'bezoar',
    }),
  );
  await checkContent(name, bytes, cells);
  await sink.write(name, [bytes]);
}

async function checkContent(
  name: string,
  bytes: Uint8Array,
  cells: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const found = await readRawRows(memoryFile(name, bytes));
  const bad = cells.findIndex((row, index) => JSON.stringify(fromCell(row)) !== JSON.stringify(found[index]));
  if (bad < 0 && found.length === cells.length) return;
  throw new BezoarError('CHECK_FAILED', `Row ${bad + 1} of ${name} does not read back as it was.`, {
    advice: 'Look for text that is no valid Unicode (a lone surrogate); otherwise report it with the row.',
    data: { row: bad + 1, rows: cells.length, found: found.length },
  });
}
