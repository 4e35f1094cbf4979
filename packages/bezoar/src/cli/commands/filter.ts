import { BezoarError } from '@bezoar/core';
import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { callSettings, chatArgs, chatModelSettings, datasetArgs, datasetSettings } from '../common-args.ts';
import { listFlag, numberFlag } from '../flags.ts';
import { inputPath } from '../input-path.ts';
import { runStageCommand } from '../run-stage-command.ts';

export const filter: CliCommand = cliCommand({
  name: 'filter',
  description: 'Keep the rows that judge models accept.',
  example: 'bezoar filter --rows runs/lamini/rows.jsonl --judge openai:gpt-4o --threshold 6 --out runs/kept',
  args: {
    rows: { type: 'string', description: 'instruction rows', required: true, valueHint: 'FILE' },
    judge: {
      type: 'string',
      description: 'one judge or several, with commas',
      required: true,
      valueHint: 'MODEL',
    },
    out: {
      type: 'string',
      description: 'folder for rows, ledger and report',
      required: true,
      valueHint: 'DIR',
    },
    threshold: { type: 'string', description: 'lowest rating that is kept; 6 by default', valueHint: 'X' },
    decide: { type: 'string', description: 'first, all or majority of the judges', valueHint: 'WHO' },
    ...chatArgs,
    ...datasetArgs,
  },
  async run(args, io) {
    const specs = listFlag(args.judge) ?? [];
    const judges = specs.map((spec) => spec.replace(/^[^:]*:/, '').replace(/[^\w.-]+/g, '-'));
    if (judges.length === 0 || new Set(judges).size < judges.length)
      throw new BezoarError('BAD_CONFIG', `--judge ${args.judge} does not name different judges.`);
    await runStageCommand({
      name: 'filter',
      out: args.out,
      io,
      settings: {
        ...(await callSettings(args)),
        dataset: datasetSettings(args),
        models: Object.fromEntries(
          specs.map((spec, index) => [judges[index], chatModelSettings(spec, args)]),
        ),
      },
      stage: definite({
        kind: 'filter',
        rows: inputPath(args.rows),
        judges,
        threshold: numberFlag('threshold', args.threshold),
        decide: args.decide,
        concurrency: numberFlag('concurrency', args.concurrency),
      }),
    });
  },
});
