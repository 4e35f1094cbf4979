import { BezoarError } from '@bezoar/core';
import { publishFolder, type HubRepo, type PublishedFolder } from '@bezoar/hub';
import { resolve } from 'node:path';
import { checkLicense } from '../publish/card-license.ts';
import { preparePublication } from '../publish/prepare-publication.ts';
import type { CliIo } from './io.ts';
import { createProgress } from './progress.ts';
import { publishProgress } from './publish-progress.ts';
import { filesTable } from './publish-text.ts';

export interface PublishOneOptions {
  readonly from: string;
  readonly to: string;
  readonly type: string | undefined;
  readonly license: string | undefined;
  readonly base: string | undefined;
  /** Folders. */
  readonly evaluations: readonly string[];
  readonly tag: string | undefined;
  readonly branch: string | undefined;
  readonly message: string;
  readonly isPrivate: boolean | undefined;
  readonly dryRun: boolean;
}

/** `bezoar publish --from FOLDER --to org/name` */
export async function publishOne(options: PublishOneOptions, io: CliIo): Promise<void> {
  const { to, tag, branch, message, isPrivate, dryRun } = options;
  const folder = resolve(options.from);
  const { type, card, license, contents, exclude } = await preparePublication({
    folder,
    name: to,
    type: checkType(options.type),
    license: options.license === undefined ? undefined : checkLicense(options.license),
    base: options.base,
    evaluations: options.evaluations.map((each) => resolve(each)),
  });
  if (license === undefined && !dryRun) throw noLicense();
  const progress = createProgress(io);
  try {
    const published = await publishFolder({
      repo: { type, name: to },
      ...{ folder, contents, exclude, dryRun, branch, tag, isPrivate, message },
      env: io.env,
      signal: io.interruption(),
      onProgress: (each) => progress.show(publishProgress(each)),
      onNote: (note) => progress.show({ type: 'note', stage: 'publish', message: note }),
    });
    progress.end();
    io.stdout.write(dryRun ? `${card}\n${dryRunText(published)}` : `${publishedText(published, tag)}\n`);
    if (license === undefined) io.stderr.write(`${noLicense().message} ${noLicense().advice!}\n`);
  } finally {
    progress.end();
  }
}

function checkType(type: string | undefined): HubRepo['type'] | undefined {
  if (type === undefined || type === 'model' || type === 'dataset') return type;
  throw new BezoarError('BAD_CONFIG', `--type is ${JSON.stringify(type)}.`, {
    advice: 'Take model or dataset.',
  });
}

function noLicense(): BezoarError {
  return new BezoarError('BAD_CONFIG', 'Nothing is published without a licence.', {
    advice: 'Say under which one others may use it: --license apache-2.0, cc-by-4.0, other, ….',
  });
}

function dryRunText(published: PublishedFolder): string {
  const { committed, created, repo, url } = published;
  const what = committed ? 'One commit would be made' : 'Nothing would be sent: the Hub has all of it';
  const where = created ? `, and the ${repo.type} itself` : '';
  return `${filesTable(published)}\n${what}${where}. ${url}\n`;
}

function publishedText({ files, committed, url }: PublishedFolder, tag: string | undefined): string {
  const count = (state: string): number => files.filter((file) => file.state === state).length;
  const what = committed
    ? `Published: ${count('new')} new, ${count('changed')} changed, ${count('unchanged')} unchanged.`
    : 'Nothing has changed: no commit was made.';
  return `${what}${tag === undefined ? '' : ` Tagged ${tag}.`} ${url}`;
}
