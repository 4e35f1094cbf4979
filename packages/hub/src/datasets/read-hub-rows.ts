import { streamRowsFiles } from '@bezoar/formats/node';
import { z } from 'zod';
import type { HubOptions } from '../settings/hub-options.ts';
import { openHubDataset } from './open-hub-dataset.ts';

export interface ReadHubRowsOptions<Schema extends z.ZodType> extends HubOptions {
  /** What a row must be; any object by default. */
  readonly schema?: Schema;
}

type AnyRow = z.ZodRecord<z.ZodString, z.ZodUnknown>;

/**
 * Rows of a data set, named as for `openHubDataset`. A file is downloaded when its rows are due, and read by lines or row
 * groups: what is read no further costs nothing more. Throws as `openHubDataset` does, and BAD_FILE, BAD_INPUT (file and
 * row), EMPTY_DATASET.
 */
export async function* readHubRows<Schema extends z.ZodType = AnyRow>(
  reference: string,
  { schema, ...options }: ReadHubRowsOptions<Schema> = {},
): AsyncGenerator<z.output<Schema>> {
  const dataset = await openHubDataset(reference, options);
  const rowSchema = schema ?? (z.record(z.string(), z.unknown()) as unknown as Schema);
  async function* paths(): AsyncGenerator<string> {
    for (const file of dataset.dataFiles) yield await dataset.fetchFile(file);
  }
  yield* streamRowsFiles(paths(), rowSchema);
}
