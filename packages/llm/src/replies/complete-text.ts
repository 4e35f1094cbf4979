import type { CallOptions, ChatModel, ChatRequest, ChatResponse } from '../chat-model.ts';
import type { RejectedRequest, RejectionWatch } from './create-rejection-watch.ts';
import { replyProblem, type ReplyProblem } from './reply-problem.ts';

/** Why a call gave no text that can be used: the provider would not take the request, or see `ReplyProblem`. */
export type TextProblem = 'rejected-by-provider' | ReplyProblem;

export type TextReply = { readonly ok: true; readonly text: string } | FailedReply;

export interface FailedReply {
  readonly ok: false;
  readonly code: TextProblem;
  readonly reason: string;
  /** What there is of a truncated or refused reply. */
  readonly text: string;
}

export interface CompleteTextOptions {
  /** Makes a rejected request a reply that is not `ok`. Without it, PROVIDER_REJECTED is thrown. */
  readonly rejections?: RejectionWatch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks for a text, and tells one that can be used from one that cannot: what is wrong with a single request is a finding
 * about it, not the end of a run.
 */
export async function completeText(
  model: ChatModel,
  request: ChatRequest,
  options: CompleteTextOptions = {},
): Promise<TextReply> {
  const response = await completeWatched(model, request, options);
  if ('rejected' in response) return rejectedReply(response);
  const { text } = response;
  const problem = replyProblem(response);
  return problem === undefined ? { ok: true, text } : { ok: false, ...problem, text };
}

/** A provider's filter refuses before the model is asked; anything else that it rejects is a matter of the request's form. */
export function rejectedReply({ rejected, filtered }: RejectedRequest): FailedReply {
  return { ok: false, code: filtered ? 'refused' : 'rejected-by-provider', reason: rejected, text: '' };
}

/** One call, under a watch when there is one. */
export function completeWatched(
  model: ChatModel,
  request: ChatRequest,
  { rejections, signal }: CompleteTextOptions,
): Promise<ChatResponse | RejectedRequest> {
  const options: CallOptions = signal === undefined ? {} : { signal };
  return rejections === undefined
    ? model.complete(request, options)
    : rejections.complete(model, request, options);
}
