/** ggml's numbers of the types of metadata. */
export const ggufValueTypes = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  string: 8,
  array: 9,
  u64: 10,
  i64: 11,
  f64: 12,
} as const;

export type GgufNumberType = 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'f32' | 'f64';

/** A value with its type, because readers ask for the exact one. */
export type GgufScalar =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: GgufNumberType; readonly value: number }
  | { readonly type: 'u64' | 'i64'; readonly value: bigint };

/** Values of one type. */
export type GgufArray =
  | { readonly type: 'array'; readonly of: 'string'; readonly values: readonly string[] }
  | { readonly type: 'array'; readonly of: 'bool'; readonly values: readonly boolean[] }
  | { readonly type: 'array'; readonly of: GgufNumberType; readonly values: readonly number[] }
  | { readonly type: 'array'; readonly of: 'u64' | 'i64'; readonly values: readonly bigint[] };

export type GgufValue = GgufScalar | GgufArray;

/** Metadata by key, in the file's order. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;
