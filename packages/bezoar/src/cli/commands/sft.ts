import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import {
  computeArgs,
  computeSettings,
  groupArgs,
  sftArgs,
  trainingArgs,
  trainingSettingsOf,
} from '../common-args.ts';
import { loraArgs, ownSettings, refuseLoraArgs } from '../lora-args.ts';
import { inputPath } from '../input-path.ts';
import { runStageCommand } from '../run-stage-command.ts';
import { templateArgs, templateSettings, trainTurnsArg } from '../template-args.ts';

export const sft: CliCommand = cliCommand({
  name: 'sft',
  description: 'Fine-tune a LoRA adapter (QLoRA), or every weight, on instructions or conversations.',
  example: 'bezoar sft --model ./open_llama_3b_v2 --data runs/kept/rows.jsonl --out runs/sft --epochs 2',
  args: {
    model: { type: 'string', description: 'Hugging Face model folder', required: true, valueHint: 'DIR' },
    data: { type: 'string', description: 'rows to train on', required: true, valueHint: 'FILE' },
    out: {
      type: 'string',
      description: 'folder for the adapter, or the model',
      required: true,
      valueHint: 'DIR',
    },
    adapter: { type: 'string', description: 'PEFT folder to go on with', valueHint: 'DIR' },
    method: {
      type: 'string',
      description: 'lora (the default), or full: every weight, with --weights f32',
      valueHint: 'NAME',
    },
    dtype: {
      type: 'string',
      description: 'of the model that --method full writes: float32, bfloat16 or float16',
      valueHint: 'TYPE',
    },
    ...loraArgs,
    ...templateArgs,
    ...trainTurnsArg,
    ...trainingArgs,
    ...sftArgs,
    ...computeArgs,
    ...groupArgs,
  },
  run(args, io) {
    if (args.adapter !== undefined) refuseLoraArgs(args, ownSettings);
    if (args.method === 'full')
      refuseLoraArgs(args, {
        message: '--method full trains none',
        advice: 'Leave it out, or use --method lora.',
      });
    return runStageCommand({
      name: 'sft',
      out: args.out,
      io,
      settings: {
        base: inputPath(args.model),
        ...(args.adapter === undefined ? {} : { adapter: inputPath(args.adapter) }),
        template: templateSettings(args),
        ...computeSettings(args),
        ...trainingSettingsOf(args),
      },
      stage: definite({
        kind: 'sft',
        from: 'base',
        rows: inputPath(args.data),
        method: args.method,
        dtype: args.dtype,
      }),
    });
  },
});
