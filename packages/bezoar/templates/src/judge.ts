/**
 * A scripted judge, as empty as the scripted teacher: it turns down about one answer in eight. A real one is named in recipe.yaml:
 * `judge: openai:gpt-4o-mini`.
 */
import { createRng } from '@bezoar/core';
import type { ChatRequest } from '@bezoar/llm';

export default function reply({ messages }: ChatRequest): string {
  const rng = createRng(messages.at(-1)?.content ?? '');
  return JSON.stringify(
    rng.next() < 1 / 8
      ? { status: 'reject', rating: 3, reason: 'It says little.' }
      : { status: 'accept', rating: 8, reason: 'It does what was asked.' },
  );
}
