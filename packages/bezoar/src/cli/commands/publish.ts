import { BezoarError } from '@bezoar/core';
import { cliCommand, type CliCommand } from '../command.ts';
import { listFlag } from '../flags.ts';
import { publishOne } from '../publish-one.ts';
import { publishRun } from '../publish-run.ts';

export const publish: CliCommand = cliCommand({
  name: 'publish',
  description:
    'Put what a run has made on the Hugging Face Hub, with cards: all that its recipe names, or one folder.',
  example:
    'bezoar publish recipes/openbezoar.yaml --org my-org --tag v1.0 --dry-run\n  bezoar publish --from runs/x/dpo --to org/name --license apache-2.0 --tag v1.0 --dry-run',
  args: {
    recipe: {
      type: 'positional',
      description: 'the YAML file, for all that its publish names',
      required: false,
    },
    'run-dir': { type: 'string', description: 'of the recipe; runs/NAME by default', valueHint: 'DIR' },
    org: {
      type: 'string',
      description: 'organisation or account, for the names of the recipe that have none',
      valueHint: 'ORG',
    },
    only: {
      type: 'string',
      description: 'of the recipe’s: stages or names of repositories, with commas',
      valueHint: 'NAMES',
    },
    from: { type: 'string', description: 'folder of an adapter, a model or rows', valueHint: 'DIR' },
    to: { type: 'string', description: 'its repository on the Hub', valueHint: 'ORG/NAME' },
    type: {
      type: 'string',
      description: 'model or dataset; what the folder holds by default',
      valueHint: 'TYPE',
    },
    license: {
      type: 'string',
      description: 'of what is published: apache-2.0, cc-by-4.0, …; that of recipe or card by default',
      valueHint: 'ID',
    },
    'base-model': {
      type: 'string',
      description: 'base model on the Hub; the one that recipe or folder name by default',
      valueHint: 'ORG/NAME',
    },
    evals: {
      type: 'string',
      description: 'folders of evaluations for the card, beside those of the run',
      valueHint: 'DIRS',
    },
    tag: { type: 'string', description: 'names the commits as a version', valueHint: 'NAME' },
    branch: { type: 'string', description: 'main by default', valueHint: 'NAME' },
    message: { type: 'string', description: 'of the commits', valueHint: 'TEXT' },
    private: { type: 'boolean', description: 'make private repositories; refuse those that are public' },
    'dry-run': { type: 'boolean', description: 'show every file that would be sent, and write nothing' },
  },
  async run(args, io) {
    const { recipe, from, to, only, type, evals, license, tag, branch, message, org } = args;
    const runDir = args['run-dir'];
    const shared = {
      ...{ license, tag, branch, base: args['base-model'] },
      isPrivate: args.private === true ? true : undefined,
      dryRun: args['dry-run'] === true,
    };
    if (recipe !== undefined) {
      refuse({ from, to, type, evals }, 'is for one folder, not for a recipe');
      await publishRun({ ...shared, recipe, runDir, org, only: listFlag(only), message }, io);
      return;
    }
    refuse({ 'run-dir': runDir, only, org }, 'is for the release of a recipe, which is missing');
    if (from === undefined || to === undefined) {
      throw misuse(
        'what is to be published, and where, is missing',
        'Give a recipe that has publish, or --from FOLDER and --to ORG/NAME.',
      );
    }
    const evaluations = listFlag(evals) ?? [];
    const own = message ?? `Publish ${tag ?? 'with Bezoar'}`;
    await publishOne({ ...shared, from, to, type, evaluations, message: own }, io);
  },
});

function refuse(flags: Readonly<Record<string, string | undefined>>, why: string): void {
  const given = Object.keys(flags).find((name) => flags[name] !== undefined);
  if (given !== undefined) throw misuse(`--${given} ${why}`);
}

function misuse(problem: string, advice = 'See bezoar publish --help.'): BezoarError {
  return new BezoarError('BAD_CONFIG', `bezoar publish: ${problem}.`, { advice, data: { usage: true } });
}
