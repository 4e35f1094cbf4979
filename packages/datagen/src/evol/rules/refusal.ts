import type { EliminationRule } from './rule.ts';

/** WizardLM's second rule: the answer shows difficulty. It says "sorry" and is short, below 80 words. */
export const refusal: EliminationRule = ({ response }) =>
  response.includes('sorry') && countWords(response) < 80
    ? { reason: 'refusal', detail: response }
    : undefined;

function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}']+|[^\s\p{L}\p{N}]/gu)?.length ?? 0;
}
