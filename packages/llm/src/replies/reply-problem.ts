import type { ChatResponse } from '../chat-model.ts';

export type ReplyProblem =
  /** The provider, or the model by the provider's mark, would not answer. */
  | 'refused'
  /** The reply ends at the limit of tokens. */
  | 'truncated';

/** What the provider says is wrong with a reply, if anything. */
export function replyProblem({
  finishReason,
  refusal,
}: ChatResponse): { readonly code: ReplyProblem; readonly reason: string } | undefined {
  if (refusal !== undefined || finishReason === 'content-filter')
    return { code: 'refused', reason: `it is a refusal${refusal ? `: ${refusal}` : ''}` };
  return finishReason === 'length'
    ? { code: 'truncated', reason: 'it was cut off at the limit of tokens' }
    : undefined;
}
