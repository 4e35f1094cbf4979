import { BezoarError } from '@bezoar/core';
import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { callSettings, chatArgs, chatModelSettings, datasetArgs, datasetSettings } from '../common-args.ts';
import { numberFlag } from '../flags.ts';
import { inputPath } from '../input-path.ts';
import { runStageCommand } from '../run-stage-command.ts';
import { schemeArgs, schemes, schemeSettings } from '../scheme-args.ts';

export const datagen: CliCommand = cliCommand({
  name: 'datagen',
  description: 'Generate instruction rows with a teacher model.',
  example:
    'bezoar datagen --scheme lamini --model openai:gpt-4o-mini --seeds seeds.jsonl --count 300 --out runs/lamini',
  args: {
    scheme: { type: 'string', description: 'lamini, evol or orca', required: true, valueHint: 'NAME' },
    model: {
      type: 'string',
      description: 'the teacher, as provider:model',
      required: true,
      valueHint: 'MODEL',
    },
    seeds: {
      type: 'string',
      description: 'seed rows; FLAN rows for orca',
      required: true,
      valueHint: 'FILE',
    },
    out: {
      type: 'string',
      description: 'folder for rows, ledger and report',
      required: true,
      valueHint: 'DIR',
    },
    ...schemeArgs,
    temperature: { type: 'string', description: 'of the teacher', valueHint: 'X' },
    'max-tokens': { type: 'string', description: 'of one answer', valueHint: 'N' },
    seed: { type: 'string', description: 'decides everything random', default: '0', valueHint: 'N' },
    ...chatArgs,
    ...datasetArgs,
  },
  async run(args, io) {
    const scheme = schemes.find((each) => each === args.scheme);
    if (scheme === undefined)
      throw new BezoarError('BAD_CONFIG', `There is no scheme ${args.scheme}.`, {
        advice: `Known: ${schemes.join(', ')}.`,
      });
    await runStageCommand({
      name: 'datagen',
      out: args.out,
      io,
      settings: {
        seed: numberFlag('seed', args.seed),
        ...(await callSettings(args)),
        dataset: datasetSettings(args),
        models: {
          teacher: chatModelSettings(args.model, args),
          ...(args.judge === undefined ? {} : { judge: chatModelSettings(args.judge, args) }),
        },
      },
      stage: definite({
        kind: scheme,
        model: 'teacher',
        ...schemeSettings(scheme, args, inputPath(args.seeds)),
        temperature: numberFlag('temperature', args.temperature),
        maxTokens: numberFlag('max-tokens', args['max-tokens']),
        concurrency: numberFlag('concurrency', args.concurrency),
      }),
    });
  },
});
