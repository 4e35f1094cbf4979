import type { Sample } from './evaluation-report.ts';

/** What a request shows the model: a prompt, or the context of a continuation, or a text that is scored whole. */
export function requestText(request: Sample['asked'][number]): string {
  if ('text' in request) return request.text;
  return 'prompt' in request ? request.prompt : request.context;
}
