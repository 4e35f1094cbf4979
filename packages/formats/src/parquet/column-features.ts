import type { ParquetColumns, ParquetType } from './parquet-type.ts';

/** A column as the header of a data set card describes it: a type of Arrow, a struct, or a list of structs or of one type. */
export type ColumnFeature =
  | { readonly name: string; readonly dtype: string }
  | { readonly name: string; readonly struct: readonly ColumnFeature[] }
  | { readonly name: string; readonly list: string | readonly ColumnFeature[] };

const dtypes = { string: 'string', boolean: 'bool', integer: 'int64', number: 'float64' } as const;

/**
 * Columns in the form of `dataset_info.features` of a card on the Hugging Face Hub. Where they stand, JSON Lines have all columns in every
 * row too, and the types are not guessed from the first rows. Throws RangeError for lists of lists, which this form has no place for.
 */
export function columnFeatures(columns: ParquetColumns): ColumnFeature[] {
  return Object.entries(columns).map(([name, type]) => featureOf(name, type));
}

function featureOf(name: string, type: ParquetType): ColumnFeature {
  if (typeof type === 'string') return { name, dtype: dtypes[type] };
  if ('struct' in type) return { name, struct: columnFeatures(type.struct) };
  if (typeof type.list === 'string') return { name, list: dtypes[type.list] };
  if ('struct' in type.list) return { name, list: columnFeatures(type.list.struct) };
  throw new RangeError('a card has no place for lists of lists');
}
