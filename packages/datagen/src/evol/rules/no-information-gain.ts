import { completeText, type ChatModel, type RejectionWatch } from '@bezoar/llm';
import { equalityPrompt } from '../prompts.ts';
import type { Elimination, EvolCandidate } from './rule.ts';

export interface InformationGainOptions {
  readonly judge: ChatModel;
  /** How often the judge is asked when its reply is neither; 6. */
  readonly tries?: number;
  readonly rejections?: RejectionWatch;
  readonly signal?: AbortSignal | undefined;
}

/**
 * WizardLM's first rule: parent and child ask for the same. "not equal" anywhere in the reply keeps the child, otherwise the
 * word "equal" eliminates it; a judge that says neither, `tries` times, eliminates it as well. So does one whose provider
 * rejects the question: it would do so again.
 */
export async function noInformationGain(
  { parent, instruction }: EvolCandidate,
  options: InformationGainOptions,
): Promise<Elimination | undefined> {
  const { judge, tries = 6, rejections, signal } = options;
  let detail = '';
  for (let attempt = 0; attempt < tries; attempt++) {
    const messages = [{ role: 'user' as const, content: equalityPrompt(parent, instruction) }];
    const request = { messages, temperature: 0, maxTokens: 30, sampleIndex: attempt };
    const reply = await completeText(judge, request, { rejections, signal });
    if (!reply.ok && reply.code === 'rejected-by-provider')
      return { reason: reply.code, detail: reply.reason };
    if (!reply.ok && reply.code === 'refused') {
      detail = reply.reason;
      continue;
    }
    // A verdict at the beginning of a reply that is cut off counts.
    detail = reply.text;
    const verdict = detail.toLowerCase();
    if (verdict.includes('not equal')) return undefined;
    if (/\bequal\b/.test(verdict)) return { reason: 'no-information-gain' };
  }
  return { reason: 'equality-unreadable', detail };
}
