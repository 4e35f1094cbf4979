import type { JsonSchema } from '../chat-model.ts';

/** A provider's structured output, left out for the schemas that its server refused. */
export interface StructuredMode {
  /** Calls with the schema; when the server refuses it, calls again without, now and from then on. */
  call<Result>(
    schema: JsonSchema | undefined,
    send: (schema: JsonSchema | undefined) => Promise<Result>,
  ): Promise<Result>;
}

/** What servers of the chat completions API say of a schema that they do not take. */
export const openAiSchemaRefusal: RegExp = /response_format|json_schema|structured|guided|grammar|schema/i;
export const anthropicSchemaRefusal: RegExp = /tool|schema/i;

/** `refusal` recognises, in a 4xx error's message, that the request's structured part is what the server dislikes. */
export function createStructuredMode(refusal: RegExp): StructuredMode {
  const refused = new Set<string>();
  return {
    async call(schema, send) {
      const name = JSON.stringify(schema);
      if (schema === undefined || refused.has(name)) return send(undefined);
      try {
        return await send(schema);
      } catch (error) {
        const { status, message } = error as { readonly status?: unknown; readonly message?: unknown };
        if (!refusesSchema({ status, message: String(message) }, refusal)) throw error;
        refused.add(name);
        return send(undefined);
      }
    },
  };
}

/** Whether a failure is about the request's structured part. */
export function refusesSchema(
  { status, message }: { readonly status: unknown; readonly message: string },
  refusal: RegExp,
): boolean {
  return refusingStatuses.includes(status as number) && refusal.test(message);
}

const refusingStatuses: readonly number[] = [400, 404, 415, 422, 501];
