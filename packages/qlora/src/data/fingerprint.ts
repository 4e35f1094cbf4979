import { hashText } from '@bezoar/core';

/** A print of settings and token data: two trainings with the same one do the same thing. */
export function fingerprint(
  settings: unknown,
  examples: readonly { readonly tokens: readonly number[] }[],
): string {
  let data = '';
  for (const { tokens } of examples) data = hashText(`${data} ${tokens.join(' ')}`);
  return hashText(`${JSON.stringify(settings)} ${examples.length} ${data}`);
}
