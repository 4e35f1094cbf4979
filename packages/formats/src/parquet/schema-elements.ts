import type { SchemaElement } from 'hyparquet';
import type { ParquetColumns, ParquetType } from './parquet-type.ts';

/**
 * The file's schema, depth first with child counts. It is always written out: left to itself, the encoder makes lists
 * of objects one column of JSON text, which every other reader sees as a string.
 */
export function schemaElements(columns: ParquetColumns): SchemaElement[] {
  const names = Object.entries(columns);
  return [
    { name: 'root', num_children: names.length },
    ...names.flatMap(([name, type]) => elementsOf(name, type)),
  ];
}

function elementsOf(name: string, type: ParquetType): SchemaElement[] {
  const repetition_type = 'OPTIONAL';
  if (type === 'string')
    return [
      {
        name,
        repetition_type,
        type: 'BYTE_ARRAY',
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
      },
    ];
  if (type === 'boolean') return [{ name, repetition_type, type: 'BOOLEAN' }];
  if (type === 'integer') return [{ name, repetition_type, type: 'INT64' }];
  if (type === 'number') return [{ name, repetition_type, type: 'DOUBLE' }];
  if ('list' in type)
    return [
      { name, repetition_type, converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...elementsOf('element', type.list),
    ];
  const fields = Object.entries(type.struct);
  return [
    { name, repetition_type, num_children: fields.length },
    ...fields.flatMap(([field, fieldType]) => elementsOf(field, fieldType)),
  ];
}
