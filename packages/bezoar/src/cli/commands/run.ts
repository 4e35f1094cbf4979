import { join, resolve } from 'node:path';
import { loadRecipe } from '../../recipe/load-recipe.ts';
import { requireExpectations } from '../../run/run-summary.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { chatArgs, groupArgs } from '../common-args.ts';
import { runWithProgress, tableOptions } from '../run-stage-command.ts';
import { summaryText } from '../summary-text.ts';

export const run: CliCommand = cliCommand({
  name: 'run',
  description: 'Run a recipe; run it again to go on where it stopped.',
  example: 'bezoar run recipes/quickstart.yaml',
  args: {
    recipe: { type: 'positional', description: 'the YAML file', required: true },
    'run-dir': {
      type: 'string',
      description: 'where everything goes; runs/NAME by default',
      valueHint: 'DIR',
    },
    queue: chatArgs.queue,
    ...groupArgs,
    fresh: { type: 'boolean', description: 'run every stage again; answered model calls stay answered' },
  },
  async run(args, io) {
    const { recipe: written, resolve: resolveInput } = await loadRecipe(args.recipe);
    const recipe = { ...written, queue: args.queue ?? written.queue };
    const runDir = resolve(args['run-dir'] ?? join('runs', recipe.name));
    const summary = await runWithProgress(
      { recipe, runDir, resolve: resolveInput, fresh: args.fresh === true },
      io,
    );
    if (summary === undefined) return;
    io.stdout.write(summaryText(summary, tableOptions(io)));
    requireExpectations(summary);
  },
});
