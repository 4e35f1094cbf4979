import { parse } from 'yaml';
import { z } from 'zod';

/** A configuration that a data set's card declares: which files belong to which split. */
export interface DatasetConfig {
  readonly name: string;
  readonly isDefault: boolean;
  readonly splits: readonly { readonly split: string; readonly patterns: readonly string[] }[];
}

const patterns = z.union([z.string().transform((pattern) => [pattern]), z.array(z.string())]);

const configSchema = z
  .object({
    config_name: z.string(),
    default: z.boolean().default(false),
    data_dir: z.string().optional(),
    data_files: z
      .union([
        patterns.transform((all) => [{ split: 'train', path: all }]),
        z.array(z.object({ split: z.string(), path: patterns })),
      ])
      .optional(),
  })
  .transform(
    ({ config_name: name, default: isDefault, data_dir: folder, data_files: files }): DatasetConfig => ({
      name,
      isDefault,
      splits: (files ?? []).map(({ split, path }) => ({
        split,
        patterns: path.map((pattern) => (folder === undefined ? pattern : `${folder}/${pattern}`)),
      })),
    }),
  );

const headerSchema = z.object({ configs: z.array(configSchema).default([]) });

/**
 * The configurations in the YAML header of a data set's README.md that name files. None where the header is missing, or is no
 * YAML: then the files' names must do.
 */
export function readDatasetCard(readme: string): readonly DatasetConfig[] {
  const header = /^---\r?\n([^]*?)\r?\n---/.exec(readme)?.[1];
  if (header === undefined) return [];
  try {
    const { configs } = headerSchema.parse(parse(header));
    return configs.filter(({ splits }) => splits.length > 0);
  } catch {
    return [];
  }
}
