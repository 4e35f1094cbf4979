import { BezoarError } from '@bezoar/core';
import { publishFolder, type HubProgress, type HubRepo, type PublishedFolder } from '@bezoar/hub';
import { resolve } from 'node:path';
import { checkLicense } from '../../publish/card-license.ts';
import { preparePublication } from '../../publish/prepare-publication.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { listFlag } from '../flags.ts';
import { createProgress } from '../progress.ts';
import { textTable } from '../text-table.ts';

export const publish: CliCommand = cliCommand({
  name: 'publish',
  description: 'Put a model or rows on the Hugging Face Hub, in one commit, with a card.',
  example: 'bezoar publish --from runs/x/dpo --to org/name --license apache-2.0 --tag v1.0 --dry-run',
  args: {
    from: {
      type: 'string',
      description: 'folder of an adapter, a model or rows',
      required: true,
      valueHint: 'DIR',
    },
    to: { type: 'string', description: 'repository on the Hub', required: true, valueHint: 'ORG/NAME' },
    type: {
      type: 'string',
      description: 'model or dataset; what the folder holds by default',
      valueHint: 'TYPE',
    },
    license: {
      type: 'string',
      description: 'of what is published: apache-2.0, cc-by-4.0, …; that of the folder’s card by default',
      valueHint: 'ID',
    },
    'base-model': {
      type: 'string',
      description: 'base model on the Hub; the one that the folder names by default',
      valueHint: 'ORG/NAME',
    },
    evals: {
      type: 'string',
      description: 'folders of evaluations for the card, beside those of the run',
      valueHint: 'DIRS',
    },
    tag: { type: 'string', description: 'names the commit as a version', valueHint: 'NAME' },
    branch: { type: 'string', description: 'main by default', valueHint: 'NAME' },
    message: { type: 'string', description: 'of the commit', valueHint: 'TEXT' },
    private: { type: 'boolean', description: 'make a private repository; refuse one that is public' },
    'dry-run': { type: 'boolean', description: 'show the card and what would be sent, and write nothing' },
  },
  async run(args, io) {
    const dryRun = args['dry-run'] === true;
    const folder = resolve(args.from);
    const { type, card, license, contents, exclude } = await preparePublication({
      folder,
      name: args.to,
      type: checkType(args.type),
      license: args.license === undefined ? undefined : checkLicense(args.license),
      base: args['base-model'],
      evaluations: (listFlag(args.evals) ?? []).map((each) => resolve(each)),
    });
    if (license === undefined && !dryRun) throw noLicense();
    const progress = createProgress(io);
    try {
      const published = await publishFolder({
        repo: { type, name: args.to },
        ...{ folder, contents, exclude, dryRun },
        ...{ branch: args.branch, tag: args.tag },
        isPrivate: args.private === true ? true : undefined,
        message: args.message ?? `Publish ${args.tag ?? 'with Bezoar'}`,
        env: io.env,
        signal: io.interruption(),
        onProgress: (each) => progress.show(toEvent(each)),
        onNote: (message) => progress.show({ type: 'note', stage: 'publish', message }),
      });
      progress.end();
      io.stdout.write(
        dryRun ? `${card}\n${dryRunText(published)}` : `${publishedText(published, args.tag)}\n`,
      );
      if (license === undefined) io.stderr.write(`${noLicense().message} ${noLicense().advice!}\n`);
    } finally {
      progress.end();
    }
  },
});

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

const megabyte = 1e6;

function toEvent({
  file,
  activity,
  done,
  total,
}: HubProgress): Parameters<ReturnType<typeof createProgress>['show']>[0] {
  const note = `MB of ${file} ${activity === 'hash' ? 'read' : 'sent'}`;
  const [now, all] = [done, total].map((bytes) => Math.ceil(bytes / megabyte)) as [number, number];
  return { type: 'progress', stage: 'publish', done: now, total: all, note };
}

function dryRunText({ files, committed, created, repo, url }: PublishedFolder): string {
  const rows = files.map(({ state, size, sha256, path }) => [state, String(size), sha256.slice(0, 12), path]);
  const what = committed ? 'One commit would be made' : 'Nothing would be sent: the Hub has all of it';
  const where = created ? `, and the ${repo.type} itself` : '';
  return `${textTable([['state', 'bytes', 'sha256', 'file'], ...rows])}\n${what}${where}. ${url}\n`;
}

function publishedText({ files, committed, url }: PublishedFolder, tag: string | undefined): string {
  const count = (state: string): number => files.filter((file) => file.state === state).length;
  const what = committed
    ? `Published: ${count('new')} new, ${count('changed')} changed, ${count('unchanged')} unchanged.`
    : 'Nothing has changed: no commit was made.';
  return `${what}${tag === undefined ? '' : ` Tagged ${tag}.`} ${url}`;
}
