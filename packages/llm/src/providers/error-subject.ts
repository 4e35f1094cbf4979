/** What a failed call is about, where the provider's error says more than its status. */
export type ErrorSubject =
  /** A filter dislikes this request's text. */
  | 'content'
  /** The account has no money left. */
  | 'account'
  | 'call';

/** Reads the body that the errors of both SDKs carry; gateways that speak the same API have fields of their own. */
export function errorSubject(error: unknown): ErrorSubject {
  const { status, error: body } = fieldsOf(error);
  const { code, type, message, metadata } = fieldsOf(fieldsOf(body)['error'] ?? body);
  if (contentCodes.has(code) || fieldsOf(metadata)['flagged_input'] !== undefined) return 'content';
  const unpaid = status === 402 || code === 'insufficient_quota' || type === 'insufficient_quota';
  return unpaid || /credit balance is too low/i.test(String(message)) ? 'account' : 'call';
}

const contentCodes: ReadonlySet<unknown> = new Set(['content_filter', 'content_policy_violation']);

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
