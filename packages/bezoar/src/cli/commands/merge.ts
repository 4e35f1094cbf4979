import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings } from '../common-args.ts';
import { numberFlag } from '../flags.ts';
import { inputPath } from '../input-path.ts';
import { runStageCommand } from '../run-stage-command.ts';
import { templateArgs, templateSettings } from '../template-args.ts';

export const merge: CliCommand = cliCommand({
  name: 'merge',
  description: 'Fold an adapter into its base model.',
  example: 'bezoar merge --model ./open_llama_3b_v2 --adapter runs/sft --out runs/merged',
  args: {
    model: { type: 'string', description: 'Hugging Face model folder', required: true, valueHint: 'DIR' },
    adapter: { type: 'string', description: 'PEFT folder', required: true, valueHint: 'DIR' },
    out: { type: 'string', description: 'folder for the merged model', required: true, valueHint: 'DIR' },
    into: {
      type: 'string',
      description: 'dequantised (the base as it was trained on, the default) or original',
      valueHint: 'BASE',
    },
    dtype: {
      type: 'string',
      description: 'float32 (the default), bfloat16 or float16',
      valueHint: 'TYPE',
    },
    rows: {
      type: 'string',
      description: 'rows on which the losses of both ways of merging are compared',
      valueHint: 'FILE',
    },
    limit: { type: 'string', description: 'takes the first rows only', valueHint: 'N' },
    'max-length': { type: 'string', description: 'tokens of a row; 1024 by default', valueHint: 'N' },
    ...templateArgs,
    ...computeArgs,
  },
  run: (args, io) =>
    runStageCommand({
      name: 'merge',
      out: args.out,
      io,
      settings: {
        base: inputPath(args.model),
        adapter: inputPath(args.adapter),
        template: templateSettings(args),
        ...computeSettings(args),
      },
      stage: definite({
        kind: 'merge',
        from: 'base',
        into: args.into,
        dtype: args.dtype,
        rows: args.rows === undefined ? undefined : inputPath(args.rows),
        limit: numberFlag('limit', args.limit),
        maxLength: numberFlag('max-length', args['max-length']),
      }),
    }),
});
