import { relative, resolve } from 'node:path';
import { askWishes } from '../../init/ask-wishes.ts';
import { comparePlaces, requireFree, type PlacedFile } from '../../init/compare-places.ts';
import { commandLines, firstSteps } from '../../init/first-steps.ts';
import { guessPackageManager } from '../../init/package-manager.ts';
import { everyProject, projectFiles } from '../../init/project-files.ts';
import { checkWishes, settleProject } from '../../init/settle-project.ts';
import { writeProject } from '../../init/write-project.ts';
import { bezoarVersion } from '../../version.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { numberFlag } from '../flags.ts';
import { textTable } from '../text-table.ts';

export const init: CliCommand = cliCommand({
  name: 'init',
  description: 'Begin a project: recipe, samples and programs; asks for what flags leave open.',
  example: 'bezoar init my-model --goal model --teacher openai:gpt-4o-mini --budget 5',
  args: {
    dir: {
      type: 'positional',
      description: 'where it goes; bezoar-project by default',
      required: false,
    },
    goal: {
      type: 'string',
      description:
        'data (rows from seeds), finetune (a model from your rows) or model (all of it; the default)',
      valueHint: 'GOAL',
    },
    teacher: {
      type: 'string',
      description: 'openai:NAME or anthropic:NAME; script, the default, needs no key',
      valueHint: 'MODEL',
    },
    judge: { type: 'string', description: 'the same; the teacher by default', valueHint: 'MODEL' },
    'base-url': {
      type: 'string',
      description: 'of openai: models: any server that speaks the protocol',
      valueHint: 'URL',
    },
    seeds: {
      type: 'string',
      description: 'rows that new ones are to be like; a sample by default',
      valueHint: 'FILE',
    },
    budget: {
      type: 'string',
      description: 'US dollars that a run may spend; 5 by default, where prices are known',
      valueHint: 'X',
    },
    base: {
      type: 'string',
      description: 'base model, on the Hub or a folder; hub:HuggingFaceTB/SmolLM2-135M by default',
      valueHint: 'DIR',
    },
    data: { type: 'string', description: 'finetune: rows to learn; a sample by default', valueHint: 'FILE' },
    preferences: {
      type: 'string',
      description: 'model: pairs for DPO; a sample by default',
      valueHint: 'FILE',
    },
    yes: { type: 'boolean', description: 'ask nothing: defaults for what flags leave open' },
    force: { type: 'boolean', description: 'replace files that are there' },
    'dry-run': { type: 'boolean', description: 'show what would be written, and write nothing' },
  },
  async run(args, io) {
    const wishes = {
      folder: args.dir,
      goal: args.goal,
      teacher: args.teacher,
      judge: args.judge,
      baseURL: args['base-url'],
      budget: numberFlag('budget', args.budget),
      base: args.base,
      seeds: args.seeds,
      data: args.data,
      preferences: args.preferences,
    };
    const checkFolder = (folder: string): void => {
      const places = comparePlaces(resolve(folder), everyProject);
      if (args.force !== true && args['dry-run'] !== true) requireFree(resolve(folder), places);
    };
    // What is wrong is said before anything is asked.
    checkWishes(wishes);
    if (args.dir !== undefined) checkFolder(args.dir);
    const prompts = args.yes === true ? undefined : await io.prompts();
    const told =
      prompts === undefined ? wishes : await askWishes({ wishes, prompts, checkFolder, env: io.env });
    if (prompts !== undefined) io.stderr.write('\n');
    const { folder, project } = settleProject(told);
    const manager = guessPackageManager(io.env);
    const files = projectFiles({ project, version: bezoarVersion(), manager });
    const places = comparePlaces(folder, files);
    if (args['dry-run'] === true) {
      io.stdout.write(`${table(places)}\nNothing was written; these would go into ${folder}.\n`);
      return;
    }
    if (args.force !== true) requireFree(folder, places);
    await writeProject(folder, files);
    const enter = relative('', folder);
    const steps = [
      ...(enter === '' ? [] : [{ command: `cd ${/\s/.test(enter) ? `'${enter}'` : enter}`, why: '' }]),
      ...firstSteps(project, manager),
    ];
    io.stdout.write(`${table(places)}\nWritten into ${folder}. Next:\n\n${indent(commandLines(steps))}\n`);
  },
});

function table(places: readonly PlacedFile[]): string {
  return textTable([['state', 'file'], ...places.map(({ state, path }) => [state, path])]);
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
