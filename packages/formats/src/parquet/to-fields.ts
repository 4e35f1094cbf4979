import { BezoarError } from '@bezoar/core';
import type { ParquetColumns, ParquetType } from './parquet-type.ts';

/**
 * A value as the encoder wants it: nothing but the declared fields, null for what is absent, BigInt for integers.
 * Throws BezoarError BAD_INPUT that names the place when the value is of another type or has a field that no column
 * would hold: nothing is converted or left out in silence.
 */
function toCell(value: unknown, type: ParquetType, place: string): unknown {
  if (value === null || value === undefined) return null;
  if (type === 'string') return typeof value === 'string' ? value : misfit(value, 'a string', place);
  if (type === 'boolean') return typeof value === 'boolean' ? value : misfit(value, 'true or false', place);
  if (type === 'integer')
    return Number.isSafeInteger(value) ? BigInt(value as number) : misfit(value, 'a safe integer', place);
  if (type === 'number') return Number.isFinite(value) ? value : misfit(value, 'a finite number', place);
  if ('list' in type) {
    if (!Array.isArray(value)) return misfit(value, 'a list', place);
    return value.map((item, index) => toCell(item, type.list, `${place}[${index}]`));
  }
  if (typeof value !== 'object' || Array.isArray(value)) return misfit(value, 'an object', place);
  return toFields(value as Record<string, unknown>, type.struct, place);
}

/** The declared fields of an object, each as a cell. */
export function toFields(
  value: Readonly<Record<string, unknown>>,
  columns: ParquetColumns,
  place: string,
): Record<string, unknown> {
  for (const [name, field] of Object.entries(value)) {
    if (Object.hasOwn(columns, name) || field === undefined) continue;
    throw new BezoarError('BAD_INPUT', `${place} has a field ${name} that is no column.`, {
      advice: 'Declare a column for it, or remove the field.',
    });
  }
  return Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [name, toCell(value[name], type, `${place}.${name}`)]),
  );
}

function misfit(value: unknown, wanted: string, place: string): never {
  const found = Array.isArray(value) ? 'a list' : `${typeof value} ${JSON.stringify(value)}`;
  throw new BezoarError('BAD_INPUT', `${place} is ${found.slice(0, 80)}; the column holds ${wanted}.`, {
    advice: 'Correct the row or the type of the column.',
  });
}
