import { resolve } from 'node:path';
import { traceRow } from '../../trace/trace-row.ts';
import { traceText } from '../../trace/trace-text.ts';
import { cliCommand, type CliCommand } from '../command.ts';

export const trace: CliCommand = cliCommand({
  name: 'trace',
  description: 'Show where a row came from and where it went: seed, prompts, verdicts, trainings.',
  example: 'bezoar trace 16c9498cbf3686 --run-dir runs/quickstart',
  args: {
    row: { type: 'positional', description: 'the row’s id', required: true },
    'run-dir': { type: 'string', description: 'folder of the run', required: true, valueHint: 'DIR' },
    calls: { type: 'boolean', description: 'prompts and replies', default: true },
    json: { type: 'boolean', description: 'everything as JSON' },
  },
  async run(args, io) {
    const found = await traceRow(resolve(args['run-dir']), args.row);
    io.stdout.write(
      args.json === true
        ? `${JSON.stringify(found, undefined, 2)}\n`
        : traceText(found, { calls: args.calls }),
    );
  },
});
