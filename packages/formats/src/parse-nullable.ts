import type { z } from 'zod';

/**
 * Checks a row against a schema. Parquet, and JSON Lines that were made of tables, know null but no absent field, so a null
 * object field counts as absent first; where the schema then misses it, it is null. Nulls in lists stay.
 */
export function parseNullable<Schema extends z.ZodType>(
  schema: Schema,
  row: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  const value = withoutNulls(row);
  for (;;) {
    const result = schema.safeParse(value);
    if (result.success) return result;
    const restored = result.error.issues.filter(({ path }) => restoreNull(value, row, path));
    if (restored.length === 0) {
      const asIs = schema.safeParse(row);
      return asIs.success ? asIs : result;
    }
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, withoutNulls(field)]),
  );
}

/** Puts the null back that stood at a path; false when none stood there or it is back already. */
function restoreNull(value: unknown, original: unknown, path: readonly PropertyKey[]): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  const parent = at(value, path.slice(0, -1));
  const before = at(original, path.slice(0, -1));
  if (!isPlainObject(parent) || !isPlainObject(before)) return false;
  if (before[last] !== null || last in parent) return false;
  parent[last] = null;
  return true;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<PropertyKey, unknown>)[key];
  }
  return found;
}

function isPlainObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
