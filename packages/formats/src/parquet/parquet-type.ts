/**
 * The type of a column or of a part of one. Everything may be null, as in files of pyarrow: `integer` is INT64 (safe
 * integers only), `number` DOUBLE, `string` UTF-8 text, a list Parquet's three-level LIST, an object a group.
 */
export type ParquetType =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'number'
  | { readonly list: ParquetType }
  | { readonly struct: ParquetColumns };

/** Names and types in file order. */
export interface ParquetColumns {
  readonly [name: string]: ParquetType;
}
