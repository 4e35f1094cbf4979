import type { z } from 'zod';
import type { ChatResponse } from '../chat-model.ts';
import type { TextProblem } from '../replies/complete-text.ts';
import { replyProblem } from '../replies/reply-problem.ts';
import { jsonObjects } from './extract-json.ts';

/** Why a reply is of no use. */
export type JsonProblem =
  | TextProblem
  | 'no-json'
  /** Several different objects fit: which one is meant is anyone's guess. */
  | 'ambiguous'
  | 'wrong-schema';

export type ReadJsonReply<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: JsonProblem; readonly reason: string };

/**
 * Reads the one object of a reply that fits the schema. Strict: an object quoted on the way to the answer is never taken
 * for it; when two that differ fit, neither is taken.
 */
export function readJsonReply<Schema extends z.ZodType>(
  schema: Schema,
  response: ChatResponse,
): ReadJsonReply<z.output<Schema>> {
  const objects = [...jsonObjects(response.text)];
  const results = objects.map((object) => schema.safeParse(object));
  const fitting = objects.filter((_, at) => results[at]!.success);
  const found = results.find(({ success }) => success);
  if (found?.success === true && new Set(fitting.map((object) => JSON.stringify(object))).size === 1)
    return { ok: true, value: found.data };
  const problem = replyProblem(response);
  if (problem !== undefined) return { ok: false, ...problem };
  if (found !== undefined)
    return { ok: false, code: 'ambiguous', reason: 'it holds several JSON objects that differ' };
  const misfit = results.at(-1);
  if (misfit?.success !== false) return { ok: false, code: 'no-json', reason: 'it holds no JSON object' };
  const issues = misfit.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  return { ok: false, code: 'wrong-schema', reason: issues.join('; ') };
}
