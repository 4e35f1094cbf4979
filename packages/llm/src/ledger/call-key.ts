import { hash } from 'node:crypto';
import type { ChatRequest } from '../chat-model.ts';

export interface CallKeyParts {
  readonly model: string;
  readonly request: ChatRequest;
  /** Change it when a prompt's meaning changes though its text does not. */
  readonly promptVersion: string;
}

/** The name of a call: sha256 over everything that decides the answer, keys in alphabetical order. */
export function callKey({ model, request, promptVersion }: CallKeyParts): string {
  return hash('sha256', canonicalJson({ model, promptVersion, request }));
}

function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(fields).sort()) {
    if (fields[key] === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(fields[key])}`;
  }
  return `{${text}}`;
}
