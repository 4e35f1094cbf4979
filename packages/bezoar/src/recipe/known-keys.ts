import { z } from 'zod';

/** The keys that a schema allows at a path inside a value; the value decides between the variants of a union. */
export function knownKeys(schema: z.ZodType, value: unknown, path: readonly PropertyKey[]): string[] {
  const inner = unwrap(schema, value);
  const [key, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    const shape = inner.shape as Readonly<Record<string, z.ZodType>>;
    if (key === undefined) return Object.keys(shape);
    const field = shape[String(key)];
    return field === undefined ? [] : knownKeys(field, child(value, key), rest);
  }
  if (key === undefined) return [];
  if (inner instanceof z.ZodRecord) return knownKeys(inner.valueType as z.ZodType, child(value, key), rest);
  if (inner instanceof z.ZodArray) return knownKeys(inner.element as z.ZodType, child(value, key), rest);
  return [];
}

function unwrap(schema: z.ZodType, value: unknown): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault)
    return unwrap(schema.unwrap() as z.ZodType, value);
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const kind = child(value, 'kind');
    const options = schema.options as readonly z.ZodObject[];
    const fits = (option: z.ZodObject): boolean =>
      (option.shape['kind'] as z.ZodType | undefined)?.safeParse(kind).success === true;
    return options.find(fits) ?? schema;
  }
  if (schema instanceof z.ZodUnion) {
    const options = schema.options as readonly z.ZodType[];
    return options.find((option) => option instanceof z.ZodObject) ?? schema;
  }
  return schema;
}

function child(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}
