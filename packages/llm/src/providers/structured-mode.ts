import type { JsonSchema } from '../chat-model.ts';

/** A provider's structured output, left out for the schemas that its server refused. */
export interface StructuredMode {
  /** Calls with the schema; when the server refuses it, calls again without, now and from then on. */
  call<Result>(
    schema: JsonSchema | undefined,
    send: (schema: JsonSchema | undefined) => Promise<Result>,
  ): Promise<Result>;
}

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
        if (!refusingStatuses.includes(status as number) || !refusal.test(String(message))) throw error;
        refused.add(name);
        return send(undefined);
      }
    },
  };
}

const refusingStatuses: readonly number[] = [400, 404, 415, 422, 501];
