import type { ChatModel } from '@bezoar/llm';
import { equalityPrompt } from '../prompts.ts';
import type { Elimination, EvolCandidate } from './rule.ts';

export interface InformationGainOptions {
  readonly judge: ChatModel;
  /** How often the judge is asked when its reply is neither; 6. */
  readonly tries?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * WizardLM's first rule: parent and child ask for the same. "not equal" anywhere in the reply keeps the child, otherwise the
 * word "equal" eliminates it; a judge that says neither, `tries` times, eliminates it as well.
 */
export async function noInformationGain(
  { parent, instruction }: EvolCandidate,
  options: InformationGainOptions,
): Promise<Elimination | undefined> {
  const { judge, tries = 6, signal } = options;
  let text = '';
  for (let attempt = 0; attempt < tries; attempt++) {
    const messages = [{ role: 'user' as const, content: equalityPrompt(parent, instruction) }];
    ({ text } = await judge.complete(
      { messages, temperature: 0, maxTokens: 30, sampleIndex: attempt },
      signal === undefined ? {} : { signal },
    ));
    const verdict = text.toLowerCase();
    if (verdict.includes('not equal')) return undefined;
    if (/\bequal\b/.test(verdict)) return { reason: 'no-information-gain' };
  }
  return { reason: 'equality-unreadable', detail: text };
}
