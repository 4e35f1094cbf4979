import { IGNORED } from '@bezoar/model';
import type { EncodedExample } from '@bezoar/qlora';

/** What may be wrong with rows, and what follows from it. */
export const suspicionTexts = {
  'no-target': 'nothing is left to learn: the row is left out (raise maxLength, or look at the template)',
  'answer-cut': 'the end of the answer is cut: the model does not see how it ends (raise maxLength)',
  'no-end': 'the answer does not end with a token that ends it: the model may not learn to stop',
  'empty-answer': 'the answer is empty: the model learns to say nothing',
  'double-bos': 'BOS stands twice at the beginning: the text or its template writes one too',
} as const;

export type Suspicion = keyof typeof suspicionTexts;

export interface FindSuspicionsOptions {
  /** Before it was cut. */
  readonly whole: EncodedExample;
  readonly kept: EncodedExample;
  readonly endIds: ReadonlySet<number>;
  readonly bosId: number | undefined;
}

export function findSuspicions({ whole, kept, endIds, bosId }: FindSuspicionsOptions): Suspicion[] {
  const learnt = whole.labels.filter((label) => label !== IGNORED);
  const found: Suspicion[] = [];
  if (kept.targetCount === 0) found.push('no-target');
  else if (kept.targetCount < whole.targetCount) found.push('answer-cut');
  if (learnt.length > 0 && !endIds.has(learnt.at(-1)!)) found.push('no-end');
  if (learnt.length > 0 && learnt.every((id) => endIds.has(id))) found.push('empty-answer');
  if (bosId !== undefined && whole.tokens[0] === bosId && whole.tokens[1] === bosId) found.push('double-bos');
  return found;
}
