import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { datasetArgs, datasetSettings } from '../common-args.ts';
import { listFlag, numberFlag } from '../flags.ts';
import { inputPath } from '../input-path.ts';
import { runStageCommand } from '../run-stage-command.ts';

export const clean: CliCommand = cliCommand({
  name: 'clean',
  description: 'Drop rows that are too short or long, foreign, repeated, or part of an evaluation.',
  example:
    'bezoar clean --rows runs/lamini/rows.jsonl --languages en --dedupe rouge-l --against gsm8k-test.jsonl --out runs/tidy',
  args: {
    rows: { type: 'string', description: 'instruction rows', required: true, valueHint: 'FILE' },
    out: { type: 'string', description: 'folder for rows and report', required: true, valueHint: 'DIR' },
    'min-words': { type: 'string', description: 'of the response', valueHint: 'N' },
    'max-words': { type: 'string', description: 'of the response', valueHint: 'N' },
    languages: { type: 'string', description: 'those that stay, with commas: en,de', valueHint: 'CODES' },
    dedupe: {
      type: 'string',
      description: 'exact, rouge-l, or minhash from about 20,000 rows',
      valueHint: 'METHOD',
    },
    threshold: { type: 'string', description: 'likeness of repeats; 0.7 by default', valueHint: 'X' },
    against: {
      type: 'string',
      description: 'evaluation documents that no row may repeat, with commas',
      valueHint: 'FILES',
    },
    ...datasetArgs,
  },
  async run(args, io) {
    await runStageCommand({
      name: 'clean',
      out: args.out,
      io,
      settings: { dataset: datasetSettings(args) },
      stage: definite({
        kind: 'clean',
        rows: inputPath(args.rows),
        minWords: numberFlag('min-words', args['min-words']),
        maxWords: numberFlag('max-words', args['max-words']),
        languages: listFlag(args.languages),
        dedupe: args.dedupe,
        threshold: numberFlag('threshold', args.threshold),
        against: listFlag(args.against)?.map(inputPath),
      }),
    });
  },
});
