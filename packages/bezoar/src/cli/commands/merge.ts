import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings } from '../common-args.ts';
import { inputPath } from '../input-path.ts';
import { runStageCommand } from '../run-stage-command.ts';

export const merge: CliCommand = cliCommand({
  name: 'merge',
  description: 'Fold an adapter into its base model.',
  example: 'bezoar merge --model ./open_llama_3b_v2 --adapter runs/sft --out runs/merged',
  args: {
    model: { type: 'string', description: 'Hugging Face model folder', required: true, valueHint: 'DIR' },
    adapter: { type: 'string', description: 'PEFT folder', required: true, valueHint: 'DIR' },
    out: { type: 'string', description: 'folder for the merged model', required: true, valueHint: 'DIR' },
    dtype: { type: 'string', description: 'float32 or bfloat16', valueHint: 'TYPE' },
    ...computeArgs,
  },
  run: (args, io) =>
    runStageCommand({
      name: 'merge',
      out: args.out,
      io,
      settings: { base: inputPath(args.model), adapter: inputPath(args.adapter), ...computeSettings(args) },
      stage: definite({ kind: 'merge', from: 'base', dtype: args.dtype }),
    }),
});
