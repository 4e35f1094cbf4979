import { BezoarError } from '@bezoar/core';
import { z } from 'zod';
import { tryHub } from '../http/try-hub.ts';
import { withRetries, type Attempt } from '../http/with-retries.ts';
import { askForFiles, askForHead } from '../snapshot/ask-for-commit.ts';
import { base64, type Ways } from './choose-ways.ts';
import { isSame } from './compare-files.ts';
import { apiUrl, writing, type PublishTarget } from './publish-target.ts';

export interface CommitOptions extends Ways {
  /** Where the branch must be still. */
  readonly parent: string;
  /** Its first line is the commit's title. */
  readonly message: string;
}

const answerSchema = z.object({ commitOid: z.string() });
/** The Hub writes every file of a commit before it answers. */
const patience = 5;

/**
 * Makes one commit of all files and returns it. Before it is tried again, the branch is looked at: a commit whose answer was lost is
 * found there by its content, and is never made twice. Throws BezoarError CONFLICT when the branch has moved otherwise.
 */
export async function commitFiles(options: CommitOptions, target: PublishTarget): Promise<string> {
  const { branch, settings } = target;
  const body = await commitLines(options);
  let tries = 0;
  return withRetries(async (): Promise<Attempt<string>> => {
    if (tries++ > 0) {
      const landed = await findLanded(options, target);
      if (landed !== undefined) return { value: landed };
    }
    const attempt = await tryHub(
      {
        url: apiUrl(target, 'commit', branch),
        body,
        contentType: 'application/x-ndjson',
        accept: [409, 412],
        timeoutMs: patience * settings.idleTimeoutMs,
        subject: writing(target),
      },
      settings,
    );
    if ('failure' in attempt) return attempt;
    const { data } = answerSchema.safeParse(attempt.value.json);
    if (data !== undefined) return { value: data.commitOid };
    const landed = await findLanded(options, target);
    if (landed !== undefined) return { value: landed };
    const { status } = attempt.value;
    return {
      failure: {
        retryable: true,
        error: new BezoarError(
          'PROVIDER_REJECTED',
          `The Hub makes no commit of ${target.repo.name} (${status}).`,
          {
            advice: 'Publish again: what has been uploaded is not sent twice.',
            data: { status },
          },
        ),
      },
    };
  }, settings);
}

/** Lines of JSON: the header, then each file, small ones whole. */
async function commitLines({ small, large, parent, message }: CommitOptions): Promise<string> {
  const [summary = '', ...rest] = message.split('\n');
  const lines: object[] = [
    { key: 'header', value: { summary, description: rest.join('\n').trim(), parentCommit: parent } },
  ];
  for (const { path, blob } of small)
    lines.push({ key: 'file', value: { path, encoding: 'base64', content: await base64(blob) } });
  for (const { path, sha256, size } of large)
    lines.push({ key: 'lfsFile', value: { path, algo: 'sha256', oid: sha256, size } });
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

/** The branch's commit when it has everything; undefined when it has not moved. */
async function findLanded(
  { small, large, parent }: CommitOptions,
  target: PublishTarget,
): Promise<string | undefined> {
  const { repo, branch, settings } = target;
  const { commit } = await askForHead({ repo, settings, revision: branch });
  if (commit === parent) return undefined;
  const remote = await askForFiles({ repo, settings, revision: commit });
  const byPath = new Map(remote.map((file) => [file.path, file]));
  if ([...small, ...large].every((file) => isSame(file, byPath.get(file.path)))) return commit;
  throw new BezoarError(
    'CONFLICT',
    `The branch ${branch} of ${repo.name} has moved meanwhile, from ${parent.slice(0, 12)} to ${commit.slice(0, 12)}.`,
    {
      advice: 'Somebody else has published there: see what has changed, and publish again to go on from it.',
      data: { repo: repo.name, branch, expected: parent, found: commit },
    },
  );
}
