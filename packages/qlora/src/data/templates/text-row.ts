import type { TrainingRow } from '@bezoar/formats';
import type { RenderedRow } from './prompt-template.ts';

/** Text without a template: the completion and EOS are learnt. */
export function textRow({
  prompt,
  completion,
}: Extract<TrainingRow, { readonly kind: 'text' }>): RenderedRow {
  const answer = { text: completion, target: true };
  return {
    spans: prompt === '' ? [answer] : [{ text: prompt, target: false }, answer],
    encoding: { addBos: true, addEos: true, rendered: false },
  };
}
