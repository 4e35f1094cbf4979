import { z } from 'zod';
import type { JsonSchema } from '../chat-model.ts';

/** The JSON Schema of a zod schema for `ChatRequest.responseSchema`; undefined when it does not describe an object. */
export function toResponseSchema(schema: z.ZodType): JsonSchema | undefined {
  try {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { unrepresentable: 'any' });
    return json.type === 'object' ? json : undefined;
  } catch {
    // A schema that JSON Schema cannot tell, such as one that contains itself in an odd way: the prompt has to do.
    return undefined;
  }
}
