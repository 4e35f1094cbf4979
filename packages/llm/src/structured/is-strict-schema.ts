import type { JsonSchema } from '../chat-model.ts';

/** What OpenAI's strict mode knows of JSON Schema; with any other word it refuses the whole request. */
const knownWords: readonly string[] = [
  ...['$schema', '$ref', '$defs', 'title', 'description'],
  ...['type', 'enum', 'const', 'anyOf'],
  ...['properties', 'required', 'additionalProperties', 'items', 'minItems', 'maxItems'],
  ...['pattern', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
];

/**
 * Whether OpenAI's strict mode takes a schema: known words only, every object closed, every property required
 * (https://platform.openai.com/docs/guides/structured-outputs, "Supported schemas").
 */
export function isStrictSchema(schema: JsonSchema): boolean {
  if (!Object.keys(schema).every((word) => knownWords.includes(word))) return false;
  const { type, properties, required, additionalProperties, items, anyOf, $defs } = schema;
  if (type === undefined && anyOf === undefined && !['$ref', 'enum', 'const'].some((word) => word in schema))
    return false;
  const fields = Object.entries((properties ?? {}) as Record<string, JsonSchema>);
  if (type === 'object') {
    const names = new Set(required as readonly string[] | undefined);
    if (additionalProperties !== false || !fields.every(([name]) => names.has(name))) return false;
  }
  const parts = [
    ...fields.map(([, field]) => field),
    ...(items === undefined ? [] : [items as JsonSchema]),
    ...((anyOf ?? []) as readonly JsonSchema[]),
    ...Object.values(($defs ?? {}) as Record<string, JsonSchema>),
  ];
  return parts.every(isStrictSchema);
}
