import { createHash } from 'node:crypto';
import type { ChatRequest } from '../chat-model.ts';

export interface CallKeyParts {
  readonly model: string;
  readonly request: ChatRequest;
  /** Change it when a prompt's meaning changes though its text does not. */
  readonly promptVersion: string;
}

/** The name of a call: sha256 over everything that decides the answer, keys in alphabetical order. */
export function callKey({ model, request, promptVersion }: CallKeyParts): string {
  return createHash('sha256').update(canonicalJson({ model, promptVersion, request })).digest('hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(',')}}`;
}
