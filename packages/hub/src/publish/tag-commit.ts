import { BezoarError } from '@bezoar/core';
import { callHub } from '../http/try-hub.ts';
import { readTags } from './prepare-remote.ts';
import { apiUrl, writing, type PublishTarget } from './publish-target.ts';

/** Names a commit. Fine when it has the name already; throws BezoarError CONFLICT when another has it. */
export async function tagCommit(
  { tag, commit }: { readonly tag: string; readonly commit: string },
  target: PublishTarget,
): Promise<void> {
  const { status } = await callHub(
    { url: apiUrl(target, 'tag', commit), body: { tag }, accept: [409], subject: writing(target) },
    target.settings,
  );
  if (status !== 409) return;
  const found = (await readTags(target)).get(tag);
  if (found !== commit) throw tagTaken({ tag, found }, target);
}

export function tagTaken(
  { tag, found }: { readonly tag: string; readonly found: string | undefined },
  { repo }: PublishTarget,
): BezoarError {
  const where = found === undefined ? 'something else' : `commit ${found.slice(0, 12)}`;
  return new BezoarError(
    'CONFLICT',
    `The tag ${tag} of ${repo.name} names ${where} already, with other content.`,
    {
      advice: 'Versions stay what they are: take another tag.',
      data: { repo: repo.name, tag, ...(found === undefined ? {} : { found }) },
    },
  );
}
