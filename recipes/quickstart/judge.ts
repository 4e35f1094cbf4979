/**
 * The scripted human proxy of the quickstart: it compares responses with the little world. Once in a while its reply is no
 * JSON, as with real judges; most of those are repaired when it is asked again.
 */
import type { ChatRequest } from '@bezoar/llm';
import { createRng } from '@bezoar/core';
import { findAnimals, findAttribute, valueOf } from './world.ts';

export default function reply({ messages }: ChatRequest): string {
  const shown = messages.find(({ role }) => role === 'user')?.content ?? '';
  const rng = createRng(`judge|${shown}|${messages.length}`);
  if (rng.next() < 0.06) return 'I would say that this one is fine, more or less.';
  return JSON.stringify(judge(shown));
}

interface Verdict {
  readonly status: 'accept' | 'reject';
  readonly rating: number;
  readonly reason: string;
}

function judge(shown: string): Verdict {
  const instruction = section(shown, 'Instruction');
  const response = section(shown, 'Response');
  const reference = section(shown, 'Reference answer');
  const animal = findAnimals(instruction)[0];
  const attribute = findAttribute(instruction);
  if (animal === undefined || attribute === undefined)
    return { status: 'reject', rating: 2, reason: 'The instruction names no animal and fact of this world.' };
  if (/sorry/i.test(response)) return { status: 'reject', rating: 1, reason: 'The response is a refusal.' };
  const value = valueOf(animal, attribute);
  if (!says(response, value))
    return { status: 'reject', rating: 2, reason: `The fact is ${value}, which the response does not say.` };
  if (reference !== '' && !says(response, reference))
    return { status: 'reject', rating: 3, reason: 'The conclusion differs from the reference answer.' };
  if (/At most ten words/i.test(instruction) && response.split(' ').length > 10)
    return { status: 'accept', rating: 5, reason: 'True, but longer than asked for.' };
  return { status: 'accept', rating: response.length < 80 ? 9 : 8, reason: 'True and to the point.' };
}

function says(response: string, value: string): boolean {
  return new RegExp(`\\b${value}\\b`).test(response);
}

function section(text: string, name: string): string {
  return new RegExp(`\\[${name}\\]\\n([\\s\\S]*?)(?:\\n\\n\\[|$)`).exec(text)?.[1]?.trim() ?? '';
}
