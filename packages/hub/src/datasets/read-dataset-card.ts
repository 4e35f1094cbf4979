import { parse } from 'yaml';
import { z } from 'zod';

/** What a data set's card says to programs. */
export interface DatasetCard {
  /** The Hub's identifier: `cc-by-sa-3.0`. */
  readonly license: string | undefined;
  /** Those that name files. */
  readonly configs: readonly DatasetConfig[];
}

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

const headerSchema = z.object({
  license: z.string().optional().catch(undefined),
  configs: z.array(configSchema).default([]).catch([]),
});

/** Reads the YAML header of a data set's README.md. Where it is missing or broken, it says nothing. */
export function readDatasetCard(readme: string): DatasetCard {
  const header = /^---\r?\n([^]*?)\r?\n---/.exec(readme)?.[1] ?? '';
  const { license, configs = [] } = headerSchema.safeParse(parseYaml(header)).data ?? {};
  return { license, configs: configs.filter(({ splits }) => splits.length > 0) };
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
